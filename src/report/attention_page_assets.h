#pragma once

namespace regard {

/// What stands between the tags of an attention page: the files of src/report/assets, which the
/// build embeds. The script reads the data that attention_html() writes and puts all text into the
/// page as text, never as markup.
///
/// In the style a weight is the opacity of one ink over the page, so the same numbers serve the
/// light and the dark page. Both inks go from the background to its opposite in even steps of
/// lightness.
extern const char* const kAttentionPageStyle;
extern const char* const kAttentionPageBody;
extern const char* const kAttentionPageScript;

}  // namespace regard
