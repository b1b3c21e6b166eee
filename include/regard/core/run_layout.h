#pragma once

/// Every name in the directory of a run, which is a model directory as well:
///
///     config.yaml  model.safetensors  shared.spm (or source.spm, target.spm)  vocabulary.json …
///     labels.json
///     train.log  metrics.jsonl  curves.svg  profile.json  .lock  .cache
///     checkpoints/update-00001500/{model.safetensors, training_state.safetensors, state.json}
namespace regard::run_layout {

inline constexpr const char* kConfig = "config.yaml";
inline constexpr const char* kWeights = "model.safetensors";
inline constexpr const char* kTrainingTensors = "training_state.safetensors";
inline constexpr const char* kState = "state.json";
inline constexpr const char* kCheckpoints = "checkpoints";
inline constexpr const char* kUpdatePrefix = "update-";
inline constexpr const char* kLog = "train.log";
inline constexpr const char* kMetrics = "metrics.jsonl";
inline constexpr const char* kCurves = "curves.svg";
inline constexpr const char* kProfile = "profile.json";
inline constexpr const char* kLock = ".lock";
inline constexpr const char* kCache = ".cache";
inline constexpr const char* kLabels = "labels.json";
inline constexpr const char* kSharedModel = "shared.spm";
inline constexpr const char* kSourceModel = "source.spm";
inline constexpr const char* kTargetModel = "target.spm";
inline constexpr const char* kSharedVocabulary = "vocabulary.json";
inline constexpr const char* kSourceVocabulary = "source_vocabulary.json";
inline constexpr const char* kTargetVocabulary = "target_vocabulary.json";

}  // namespace regard::run_layout
