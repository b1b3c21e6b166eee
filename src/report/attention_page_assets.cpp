#include "report/attention_page_assets.h"

namespace regard {

// A weight is the opacity of one ink over the page, so the same numbers serve the light and the
// dark page. Both inks go from the background to its opposite in even steps of lightness.
const char* const kAttentionPageStyle = R"css(:root{
--page:#f5f6f8;--panel:#ffffff;--text:#101828;--muted:#475467;--line:#d5d9e0;--border:#8a94a6;
--ink:8,42,104;--accent:#1d5bd0;--gold:#c2410c;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{
--page:#0d1117;--panel:#151b23;--text:#f0f3f6;--muted:#a6b0bc;--line:#2c3440;--border:#6b7787;
--ink:176,214,255;--accent:#6ea8ff;--gold:#ff9047}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0 auto;padding:1rem;max-width:84rem;background:var(--page);color:var(--text);
font:1rem/1.45 system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif}
h1{margin:0;font-size:1.35rem;overflow-wrap:anywhere}
h2{margin:0 0 .6rem;font-size:1rem}
p{margin:.25rem 0;overflow-wrap:anywhere}
.muted{color:var(--muted)}
.panel{min-width:0;margin:0;padding:1rem;background:var(--panel);border:1px solid var(--line);
border-radius:.6rem}
.controls{display:flex;flex-wrap:wrap;gap:.8rem 1.2rem;align-items:end;margin:1rem 0}
.field{display:flex;flex-direction:column;gap:.2rem;min-width:0;max-width:100%}
.field label{font-size:.85rem;color:var(--muted)}
.field.wide{flex:1 1 22rem}
.row{display:flex;gap:.4rem;min-width:0}
select,button{min-height:2.5rem;min-width:0;max-width:100%;padding:.3rem .6rem;font:inherit;
color:var(--text);background:var(--panel);border:1px solid var(--border);border-radius:.4rem}
.row select{flex:1}
.row button{flex:none;width:2.75rem;font-size:1.2rem;line-height:1}
button{cursor:pointer}
button:disabled{cursor:default;opacity:.45}
.checks{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem}
.checks label{display:flex;gap:.45rem;align-items:center;min-height:2.5rem}
input{width:1.15rem;height:1.15rem;margin:0;accent-color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
main{display:grid;gap:1rem;grid-template-columns:minmax(0,1fr)}
@media (min-width:64rem){main{grid-template-columns:minmax(0,1fr) 24rem;align-items:start}}
.side{display:grid;gap:1rem;min-width:0}
#status{min-height:2.9em;margin:0 0 .6rem}
#status b{font-variant-numeric:tabular-nums}
.scroll{overflow:auto;max-width:100%;max-height:85vh;max-height:85dvh;padding:0 4px 4px 0}
table{border-collapse:separate;border-spacing:0;font-size:.85rem;line-height:1.2}
th{position:sticky;z-index:2;padding:0;font-weight:400;background:var(--panel);white-space:nowrap}
thead th{top:0;vertical-align:bottom}
tbody th{left:0;padding-right:.45rem;text-align:right}
thead th:first-child{left:0;z-index:3;padding:0 .45rem .35rem 0;text-align:right;font-style:italic;
color:var(--muted)}
th span{display:inline-block;overflow:hidden;text-overflow:ellipsis}
tbody th span{max-width:9rem;vertical-align:middle}
thead th.label span{max-height:9rem;padding-top:.4rem;writing-mode:vertical-rl;
text-orientation:sideways;transform:rotate(180deg);vertical-align:bottom}
.mark{font-size:0}
.mark::before{content:"\b7";font-size:.85rem;font-style:normal;font-weight:400;color:var(--border)}
th.at{font-weight:700;color:var(--accent)}
td{min-width:var(--cell);width:var(--cell);height:var(--cell);padding:0;cursor:crosshair;
background:rgba(var(--ink),var(--w));border:0 solid var(--line);border-width:0 1px 1px 0}
tbody tr:first-child td{border-top-width:1px}
td:first-of-type{border-left-width:1px}
td.gold{box-shadow:inset 0 0 0 2px var(--gold),inset 0 0 0 3px var(--panel)}
td.at{outline:2px solid var(--accent);outline-offset:-2px;box-shadow:inset 0 0 0 3px var(--panel)}
td.gold.at{box-shadow:inset 0 0 0 3px var(--panel),inset 0 0 0 5px var(--gold)}
td:focus-visible{outline:4px solid var(--accent);outline-offset:-4px;
box-shadow:inset 0 0 0 5px var(--panel)}
td.gold:focus-visible{box-shadow:inset 0 0 0 5px var(--panel),inset 0 0 0 7px var(--gold)}
.legend{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;align-items:center;margin-top:.8rem;
font-size:.85rem;color:var(--muted)}
.legend span{display:flex;gap:.5rem;align-items:center}
.scale{width:9rem;height:.8rem;border:1px solid var(--border);
background:linear-gradient(to right,rgba(var(--ink),0),rgba(var(--ink),1))}
.frame{width:1rem;height:1rem;box-shadow:inset 0 0 0 2px var(--gold)}
#heads{display:flex;flex-wrap:wrap;gap:.5rem}
#heads button{display:flex;flex-direction:column;gap:.3rem;align-items:center;min-width:3.4rem;
padding:.4rem;font-size:.85rem}
#heads button[aria-pressed=true]{border-color:var(--accent);box-shadow:0 0 0 2px var(--accent);
font-weight:700}
canvas{display:block;background:var(--panel);border:1px solid var(--line);
image-rendering:pixelated}
.text{display:flex;flex-wrap:wrap;gap:.15rem .45rem;margin:.1rem 0 .9rem}
.text span{max-width:100%;overflow-wrap:anywhere;unicode-bidi:isolate}
.text .weighted{padding-bottom:.1rem;border-bottom:.5rem solid rgba(var(--ink),var(--w))}
.text .choice{padding:0 .15rem;cursor:pointer;border-radius:.2rem}
.text .choice.at{outline:2px solid var(--accent);font-weight:600}
@media (max-width:40rem){body{padding:.7rem}.panel{padding:.7rem}.field{flex:1 1 auto}
.controls{gap:.6rem .8rem}tbody th span{max-width:5.5rem}thead th.label span{max-height:7rem}}
@media (forced-colors:active){td,.text .weighted,.scale{forced-color-adjust:none}}
)css";

const char* const kAttentionPageBody = R"html(<header>
<h1 id="title"></h1>
<p id="summary" class="muted"></p>
</header>
<noscript><p>This page draws its pictures with JavaScript, which is switched off.</p></noscript>
<div class="controls" role="group" aria-label="What to show">
<div class="field wide"><label for="sentence">Sentence</label><div class="row">
<button type="button" id="previous" aria-label="Previous sentence">‹</button>
<select id="sentence"></select>
<button type="button" id="next" aria-label="Next sentence">›</button></div></div>
<div class="field"><label for="map">Attention</label><select id="map"></select></div>
<div class="field"><label for="head">Head</label><select id="head"></select></div>
<div class="checks">
<label id="words-choice"><input type="checkbox" id="words" checked>Whole words</label>
<label><input type="checkbox" id="marks" checked>Start and end marks</label>
<label id="gold-choice"><input type="checkbox" id="gold" checked>Gold links</label>
</div>
</div>
<main>
<section class="panel" aria-label="Weights">
<p id="status" aria-live="polite"></p>
<div class="scroll" id="scroll"><table id="matrix" role="grid"></table></div>
<div class="legend"><span>weight 0 <i class="scale"></i> 1</span>
<span id="gold-legend"><i class="frame"></i> gold link</span>
<span>Arrow keys move the cell.</span></div>
</section>
<div class="side">
<section class="panel" id="texts-panel" aria-label="Sentences"><h2>Chosen row</h2>
<div class="muted" id="row-side"></div><div class="text" id="row-text"></div>
<div class="muted" id="column-side"></div><div class="text" id="column-text"></div>
</section>
<section class="panel" id="heads-panel" aria-label="Heads"><h2>All heads</h2>
<div id="heads"></div></section>
</div>
</main>
)html";

}  // namespace regard
