#include "regard/run/foreign_names.h"

namespace regard {
namespace {

constexpr const char* kSubwords = "it counts subwords with padding, not sentences";
constexpr const char* kStartsNew =
    "to resume a stopped run, run the same command again; init_from starts a new run from weights";

std::vector<config::ForeignName> data_names() {
  return {
      {"src source_lang source_language src_lang",
       "data.train[].source data.train.source data.valid[].source data.valid.source data.source"},
      {"trg tgt target_lang target_language tgt_lang trg_lang",
       "data.train[].target data.train.target data.valid[].target data.valid.target data.target"},
      {"path_src src_file source_file",
       "data.train[].source data.train.source data.valid[].source data.valid.source"},
      {"path_tgt path_trg tgt_file trg_file target_file",
       "data.train[].target data.train.target data.valid[].target data.valid.target"},
      {"train_sets trainpref train_data train_file train_src train_tgt src_train tgt_train "
       "dataset_name training_data corpora train",
       "data.train[]"},
      {"valid_sets validpref valid_data validation_file dev_data dev valid_src valid_tgt "
       "src_valid tgt_valid eval_data",
       "data.valid", "{source: FILE, target: FILE}"},
      {"dataset", "data"},
      {"max_sent_length max_sentence_length src_seq_length tgt_seq_length max_seq_length "
       "max_source_length max_target_length max_source_positions max_target_positions "
       "data.train[].max_length",
       "data.max_length"},
      {"src_prefix source_prefix tgt_prefix", "data.train[].tag"},
      {"vocab_size src_vocab_size tgt_vocab_size trg_vocab_size dim_vocabs num_merges bpe_size "
       "n_symbols voc_limit vocabulary_size",
       "vocabulary.size"},
      {"vocabs src_vocab srcdict vocab spm_model sentencepiece_model src_subword_model "
       "tokenizer_name tokenizer_model",
       "vocabulary.source"},
      {"trg_vocab tgt_vocab tgtdict tgt_subword_model", "vocabulary.target"},
      {"joined_dictionary share_vocab joint_vocab shared_vocabulary", "vocabulary.shared"},
      {"tokenizer_type subword_type src_subword_type tgt_subword_type", "vocabulary.type"},
      {"bpe_dropout spm_alpha subword_alpha src_subword_alpha sentencepiece_alphas",
       "vocabulary.sampling.alpha"},
      {"lowercase lower_case tokenization level normalize", "", "",
       "text is neither tokenized nor lowercased here; the vocabulary is trained on raw text"},
  };
}

std::vector<config::ForeignName> model_names() {
  return {
      {"d_model hidden_size hidden_dim model_dim dim_model dim_emb dim_rnn emb_size embedding_dim "
       "embed_dim rnn_size word_vec_size encoder_embed_dim decoder_embed_dim enc_hid_size n_embd",
       "model.dim"},
      {"num_layers n_layers nlayers num_hidden_layers n_layer", "model.layers"},
      {"encoder_layers enc_layers num_encoder_layers n_encoder_layers enc_depth "
       "model.encoder.num_layers model.encoder.n_layers",
       "model.encoder_layers"},
      {"decoder_layers dec_layers num_decoder_layers n_decoder_layers dec_depth "
       "model.decoder.num_layers model.decoder.n_layers",
       "model.decoder_layers"},
      {"num_heads n_heads nhead nheads n_head num_attention_heads attention_heads "
       "transformer_heads encoder_attention_heads decoder_attention_heads",
       "model.heads"},
      {"d_ff ff_size ffn_dim ff_dim ffn_hidden feedforward_dim dim_feedforward transformer_ff "
       "transformer_dim_ffn encoder_ffn_dim decoder_ffn_dim encoder_ffn_embed_dim "
       "decoder_ffn_embed_dim intermediate_size filter_size",
       "model.feed_forward"},
      {"arch architecture model_type encoder_type decoder_type model.type model_task",
       "model.preset", "transformer_base"},
      {"layer_norm normalize_before encoder_normalize_before decoder_normalize_before",
       "model.norm"},
      {"activation_fn activation_function hidden_act pos_ffn_activation_fn "
       "transformer_ffn_activation",
       "model.activation"},
      {"position_encoding position_embeddings positional_encoding pos_encoding", "model.position"},
      {"max_position_embeddings", "model.max_positions"},
      {"share_embeddings share_all_embeddings tied_embeddings_all tied_embeddings", "model.tie",
       "all"},
      {"tied_softmax share_decoder_embeddings share_decoder_input_output_embed "
       "tie_word_embeddings",
       "model.tie", "decoder"},
      {"dropout hidden_dropout transformer_dropout dropout_rate p_dropout dropout_p",
       "model.dropout"},
      {"attention_dropout attn_dropout transformer_dropout_attention", "model.dropout.attention"},
      {"activation_dropout relu_dropout ffn_dropout transformer_dropout_ffn",
       "model.dropout.feed_forward"},
      {"emb_dropout embedding_dropout dropout_src dropout_trg", "model.dropout.embedding"},
  };
}

std::vector<config::ForeignName> optimizer_names() {
  return {
      {"lr learning_rate learn_rate max_lr peak_lr base_lr initial_lr", "training.schedule.peak"},
      {"min_lr learning_rate_min stop_min_lr lr_min", "training.schedule.minimum"},
      {"warmup_steps warmup_updates num_warmup_steps lr_warmup learning_rate_warmup "
       "warmup_init_steps n_warmup_steps",
       "training.schedule.warmup"},
      {"scheduler scheduling lr_scheduler lr_scheduler_type lr_schedule decay_method "
       "learning_rate_scheduler",
       "training.schedule.type"},
      {"decrease_factor learning_rate_decay lr_decay lr_shrink", "training.schedule.decay"},
      {"optim optimiser", "training.optimizer"},
      {"adam_beta1", "training.optimizer.beta1"},
      {"adam_beta2", "training.optimizer.beta2"},
      {"adam_betas betas optimizer_params", "training.optimizer", "",
       "its keys are type, beta1, beta2, epsilon, momentum and weight_decay"},
      {"adam_eps adam_epsilon eps optimizer.eps", "training.optimizer.epsilon"},
      {"weight_decay l2 decay", "training.optimizer.weight_decay"},
      {"max_grad_norm clip_grad_norm clip_norm clip gradient_clip gradient_clipping "
       "gradient_clip_val clip_gradients",
       "training.clip_norm"},
      {"label_smoothing label_smoothing_factor smoothing", "training.label_smoothing"},
      {"exponential_smoothing ema_decay average_decay moving_average_decay", "training.ema"},
      {"batch_size mini_batch minibatch train_batch_size per_device_train_batch_size",
       "training.batch_tokens decoding.batch_tokens", "4096", kSubwords},
      {"batch_tokens max_tokens mini_batch_words batch_words max_tokens_per_batch",
       "training.batch_tokens decoding.batch_tokens"},
      {"mini_batch_fit", "training.batch_tokens", "auto", kSubwords},
      {"batch_type batch_method", "", "",
       "batches always count subwords, in training.batch_tokens"},
      {"accum_count update_freq gradient_accumulation_steps grad_accum accumulation_steps "
       "optimizer_delay batch_multiplier grad_accumulation",
       "training.accumulate"},
      {"fp16 bf16 amp mixed_precision autocast model_dtype", "training.precision", "bfloat16"},
      {"gradient_checkpointing checkpoint_activations", "training.recompute_blocks"},
      {"freeze_encoder", "training.freeze", "encoder.*"},
  };
}

std::vector<config::ForeignName> run_names() {
  return {
      {"max_steps max_update train_steps max_train_steps total_steps num_steps num_train_steps "
       "training_steps after_batches n_updates iterations",
       "training.max_updates"},
      {"epochs max_epoch num_epochs num_train_epochs n_epochs after_epochs", "training.max_epochs",
       "", "max_updates also ends the run, if it is reached first (0 = no limit)"},
      {"train_from load_model restore_file finetune_from_model pretrained_model "
       "pretrained_model_name_or_path model_name_or_path resume_from_checkpoint warm_start "
       "init_from",
       "training.init_from", "", kStartsNew},
      {"save_model save_dir output_dir model_dir exp_dir save_path out_dir", "output"},
      {"save_checkpoint_steps save_freq save_interval save_interval_updates save_steps "
       "checkpoint_freq checkpoint_every",
       "checkpoint.every"},
      {"keep_checkpoint keep_last_ckpts save_total_limit keep_last_epochs keep_interval_updates",
       "checkpoint.keep_last"},
      {"keep_best_ckpts keep_best_checkpoints", "checkpoint.keep_best"},
      {"valid_steps valid_freq validation_freq validation_interval eval_steps eval_interval "
       "eval_every validate_interval_updates",
       "validation.every"},
      {"eval_metric eval_metrics valid_metrics", "validation.metrics"},
      {"early_stopping early_stopping_patience patience max_patience", "validation.stop.patience"},
      {"early_stopping_metric early_stopping_criteria metric_for_best_model "
       "best_checkpoint_metric",
       "validation.stop.metric"},
      {"log_interval log_freq logging_freq logging_steps disp_freq report_every print_every",
       "training.log_every"},
      {"random_seed rng_seed", "seed"},
      {"use_cuda gpu_ranks gpus cuda", "device", "auto"},
      {"world_size num_workers num_threads cpu_threads workers threads", "", "",
       "the number of threads is the option --threads of regard train"},
      {"testing translation inference generation search", "decoding"},
      {"evaluation", "validation"},
      {"optimization trainer train_args", "training"},
      {"num_beams beam beams beam_width beam_size", "decoding.beam_size validation.beam_size"},
      {"lenpen length_penalty len_penalty alpha beam_alpha", "decoding.length_penalty",
       "average:$"},
      {"max_output_length max_new_tokens max_len max_len_b max_decoding_length",
       "decoding.max_length.plus"},
      {"min_output_length min_len min_new_tokens", "decoding.min_length"},
      {"no_repeat_ngram_size block_ngram_repeat", "decoding.no_repeat_ngram"},
      {"n_best nbest", "", "",
       "the number of translations is the option --n-best of regard translate"},
  };
}

}  // namespace

const config::Aliases& foreign_names() {
  static const config::Aliases aliases = [] {
    config::Aliases all;
    for (auto* names : {data_names, model_names, optimizer_names, run_names}) {
      for (config::ForeignName& name : names())
        all.names.push_back(std::move(name));
    }
    all.shorthands = {
        {"model.dropout", "residual", "{residual: $, embedding: $}"},
        {"vocabulary", "size", "{size: $}"},
        {"vocabulary", "source", "{source: $}"},
        {"vocabulary.sampling", "alpha", "{alpha: $}"},
        {"training.schedule", "peak", "{peak: $}"},
        {"validation", "every", "{every: $}"},
        {"validation.stop", "patience", "{patience: $}"},
        {"validation.stop", "metric", "{metric: $}"},
        {"checkpoint", "every", "{every: $}"},
        {"decoding.max_length", "plus", "{factor: 0.0, plus: $}"},
    };
    return all;
  }();
  return aliases;
}

}  // namespace regard
