#pragma once

namespace regard {

/// What stands between the tags of an attention page. The script reads the data that
/// attention_html() writes and puts all text into the page as text, never as markup.
extern const char* const kAttentionPageStyle;
extern const char* const kAttentionPageBody;
extern const char* const kAttentionPageScript;

}  // namespace regard
