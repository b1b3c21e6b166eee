'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const by = id => document.getElementById(id);
const state = {sentence: 0, map: 0, name: null, head: -1, row: 0, column: 0};
let grid = null;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}
// A piece as it stands, but that the sign for a space it may begin with is seen as a thin dot.
function spell(node, text) {
  const isMarked = text.length > 1 && text.startsWith('\u2581');
  if (isMarked) node.append(element('i', '\u2581', 'mark'));
  node.append(isMarked ? text.slice(1) : text);
  return node;
}
const showsWords = sentence => by('words').checked && sentence.unit === 'word';
function fill(select, texts, values) {
  select.replaceChildren(...texts.map((text, i) => {
    const option = element('option', text);
    option.value = values ? values[i] : i;
    return option;
  }));
}

// Pieces of a side. The keys of the target have read the piece before.
function pieces(sentence, side, isShifted) {
  const words = sentence[side + 'Words'];
  const all = sentence[side].map((text, i) => ({text, word: words[i]}));
  return isShifted && all.length ? [{text: '<s>', word: -1}, ...all.slice(0, -1)] : all;
}
function joined(texts) {
  const last = texts.length - 1;
  const parts = texts.map((text, i) => i < last && text.endsWith('@@') ? text.slice(0, -2) : text);
  const whole = parts.join('');
  return whole.length > 1 && whole.startsWith('\u2581') ? whole.slice(1) : whole;
}
// Rows or columns to show: each stands for the pieces at `members`.
function groups(sentence, side, all) {
  const made = [];
  const isWhole = showsWords(sentence);
  all.forEach((piece, i) => {
    if (piece.word < 0 && !by('marks').checked) return;
    const last = made[made.length - 1];
    const isSame = isWhole && last && piece.word >= 0 && last.word === piece.word;
    if (isSame) last.members.push(i);
    else made.push({word: piece.word, members: [i]});
  });
  for (const group of made) {
    const texts = group.members.map(i => all[i].text);
    group.label = isWhole && group.word >= 0 ? sentence[side + 'Texts'][group.word] || joined(texts)
        : texts.join('');
  }
  return made;
}
// A word receives what all its pieces receive, and looks as its pieces look on average.
function weightOf(map, head, row, column) {
  const heads = head < 0 ? [...Array(map.heads).keys()] : [head];
  let sum = 0;
  for (const h of heads) for (const r of row.members) for (const c of column.members) {
    const weight = map.weights[(h * map.numRows + r) * map.numColumns + c];
    sum += weight === null ? NaN : weight;
  }
  return sum / data.scale / heads.length / row.members.length;
}
const clamped = weight => Number.isNaN(weight) ? 0 : Math.min(Math.max(weight, 0), 1);
const spoken = weight => Number.isNaN(weight) ? 'no number' : weight.toFixed(3);

function makeGrid() {
  const sentence = data.sentences[state.sentence];
  const map = sentence && sentence.maps[state.map];
  if (!map) return null;
  const rows = groups(sentence, map.rows, pieces(sentence, map.rows, false));
  const columns = groups(sentence, map.columns,
      pieces(sentence, map.columns, map.columns === 'target'));
  const links = new Set(map.rows === map.columns ? [] : sentence.gold.map(link => link.join(':')));
  const isGold = (row, column) => by('gold').checked && links.has(
      map.rows === 'target' ? `${column.word}:${row.word}` : `${row.word}:${column.word}`);
  const values = head => rows.map(row => columns.map(column => weightOf(map, head, row, column)));
  return {map, rows, columns, isGold, values, weights: values(state.head)};
}

function languageOf(side) {
  return data[side + 'Language'] || '';
}
function isRightToLeft(texts) {
  return (texts.join('').match(/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/g) || []).length * 2 >
      texts.join('').length;
}
function label(group, side, scope) {
  const head = element('th', undefined, 'label');
  const text = spell(element('span'), group.label);
  head.scope = scope;
  head.title = group.label;
  text.dir = 'auto';
  if (languageOf(side)) text.lang = languageOf(side);
  head.append(text);
  return head;
}
function cellAt(row, column) {
  const line = by('matrix').tBodies[0] && by('matrix').tBodies[0].rows[row];
  return line && line.cells[column + 1];
}

function drawMatrix() {
  const {rows, columns, weights, map} = grid;
  const top = element('tr');
  top.append(element('th', `${map.rows} \u2193  ${map.columns} \u2192`));
  top.append(...columns.map(column => label(column, map.columns, 'col')));
  const head = element('thead');
  head.append(top);
  const body = element('tbody');
  rows.forEach((row, r) => {
    const line = element('tr');
    line.append(label(row, map.rows, 'row'));
    columns.forEach((column, c) => {
      const cell = element('td', undefined, grid.isGold(row, column) ? 'gold' : '');
      cell.style.setProperty('--w', clamped(weights[r][c]).toFixed(4));
      cell.tabIndex = -1;
      cell.setAttribute('aria-label', spoken(weights[r][c]));
      line.append(cell);
    });
    body.append(line);
  });
  const room = Math.min(by('scroll').clientWidth - 110, 640);
  const size = Math.min(Math.max(Math.floor(room / Math.max(columns.length, rows.length)), 24), 40);
  by('matrix').style.setProperty('--cell', `${size}px`);
  by('matrix').replaceChildren(head, body);
  const corner = top.cells[0];
  // A cell that is focused must not stay behind the labels.
  by('scroll').style.scrollPadding = `${corner.offsetHeight}px 8px 8px ${corner.offsetWidth}px`;
}

function drawHeads() {
  const heads = grid.map.heads;
  const numbers = heads > 1 ? [-1, ...Array(heads).keys()] : [0];
  const ink = getComputedStyle(document.documentElement).getPropertyValue('--ink');
  by('heads').replaceChildren(...numbers.map(number => {
    const button = element('button');
    button.type = 'button';
    button.setAttribute('aria-pressed', String(number === state.head));
    const canvas = thumbnail(grid.values(number), ink);
    button.append(canvas, element('span', number < 0 ? 'mean' : String(number)));
    button.setAttribute('aria-label', number < 0 ? 'Mean of all heads' : `Head ${number}`);
    button.addEventListener('click', () => {
      state.head = number;
      by('head').value = number;
      draw();
      by('heads').children[numbers.indexOf(number)].focus();
    });
    return button;
  }));
  by('heads-panel').hidden = heads < 2;
}
function thumbnail(weights, ink) {
  const canvas = element('canvas');
  canvas.width = weights[0].length;
  canvas.height = weights.length;
  const scale = 88 / Math.max(canvas.width, canvas.height);
  canvas.style.width = `${Math.max(canvas.width * scale, 4)}px`;
  canvas.style.height = `${Math.max(canvas.height * scale, 4)}px`;
  const pen = canvas.getContext('2d');
  weights.forEach((line, r) => line.forEach((weight, c) => {
    pen.fillStyle = `rgba(${ink},${clamped(weight)})`;
    pen.fillRect(c, r, 1, 1);
  }));
  return canvas;
}

function drawText(box, side, list, decorate) {
  box.replaceChildren(...list.map((group, i) => {
    const span = spell(element('span'), group.label);
    if (languageOf(side)) span.lang = languageOf(side);
    decorate(span, i);
    return span;
  }));
  box.dir = isRightToLeft(list.map(group => group.label)) ? 'rtl' : 'ltr';
}
function drawTexts() {
  const {rows, columns, weights, map} = grid;
  by('row-side').textContent = map.rows;
  by('column-side').textContent = `looks at ${map.columns}`;
  drawText(by('row-text'), map.rows, rows, (span, i) => {
    span.className = i === state.row ? 'choice at' : 'choice';
    span.addEventListener('click', () => choose(i, state.column, false));
  });
  drawText(by('column-text'), map.columns, columns, (span, i) => {
    const weight = weights[state.row][i];
    span.className = 'weighted';
    span.title = spoken(weight);
    span.style.setProperty('--w', clamped(weight).toFixed(4));
  });
}

function showStatus() {
  const {rows, columns, weights, map} = grid;
  const row = rows[state.row], column = columns[state.column];
  const quoted = group => {
    const quote = spell(element('bdi', '\u201c'), group.label);
    quote.append('\u201d');
    return quote;
  };
  by('status').replaceChildren(`${map.rows} `, quoted(row), ` looks at ${map.columns} `,
      quoted(column), ': ', element('b', spoken(weights[state.row][state.column])),
      grid.isGold(row, column) ? ', gold link' : '');
}
// Marks the cell and all that says what it is.
function choose(row, column, isFocused) {
  const matrix = by('matrix');
  for (const old of matrix.querySelectorAll('.at')) old.classList.remove('at');
  const old = cellAt(state.row, state.column);
  if (old) old.tabIndex = -1;
  const isOtherRow = row !== state.row;
  Object.assign(state, {row, column});
  const cell = cellAt(row, column);
  cell.tabIndex = 0;
  cell.classList.add('at');
  cell.parentNode.cells[0].classList.add('at');
  matrix.tHead.rows[0].cells[column + 1].classList.add('at');
  if (isFocused) cell.focus();
  if (isOtherRow || !by('row-text').firstChild) drawTexts();
  showStatus();
}

function draw() {
  grid = makeGrid();
  const isEmpty = !grid || !grid.rows.length || !grid.columns.length;
  by('row-text').replaceChildren();
  by('texts-panel').hidden = isEmpty;
  by('gold-legend').hidden = isEmpty ||
      !grid.rows.some(row => grid.columns.some(column => grid.isGold(row, column)));
  if (isEmpty) {
    by('matrix').replaceChildren();
    by('heads-panel').hidden = true;
    by('status').textContent = grid ? 'This map is empty.' : 'There is nothing to show.';
    return;
  }
  state.row = Math.min(state.row, grid.rows.length - 1);
  state.column = Math.min(state.column, grid.columns.length - 1);
  drawMatrix();
  drawHeads();
  choose(state.row, state.column, false);
}

function fillHeads() {
  const map = data.sentences[state.sentence].maps[state.map];
  const heads = map ? map.heads : 0;
  if (state.head >= heads || heads < 2) state.head = -1;
  const numbers = heads > 1 ? [-1, ...Array(heads).keys()] : [-1];
  const mean = heads > 1 ? `Mean of all ${heads}` : 'The only one';
  fill(by('head'), numbers.map(n => n < 0 ? mean : `Head ${n}`), numbers);
  by('head').value = state.head;
}
// Stays at the chosen attention where the sentence has it; else the last one from side to side.
function chooseSentence(number) {
  Object.assign(state, {sentence: number, row: 0, column: 0});
  const {maps, gold} = data.sentences[number];
  fill(by('map'), maps.map(map => map.name));
  const cross = maps.map(map => map.rows !== map.columns).lastIndexOf(true);
  const same = maps.findIndex(map => map.name === state.name);
  state.map = Math.max(same < 0 ? cross : same, 0);
  by('map').value = state.map;
  by('sentence').value = number;
  by('previous').disabled = number === 0;
  by('next').disabled = number === data.sentences.length - 1;
  by('gold-choice').hidden = !gold.length;
  by('words-choice').hidden = data.sentences[number].unit !== 'word';
  fillHeads();
  draw();
}

function listen() {
  const step = distance => chooseSentence(state.sentence + distance);
  by('previous').addEventListener('click', () => step(-1));
  by('next').addEventListener('click', () => step(1));
  by('sentence').addEventListener('change', () => chooseSentence(Number(by('sentence').value)));
  by('map').addEventListener('change', () => {
    state.map = Number(by('map').value);
    state.name = data.sentences[state.sentence].maps[state.map].name;
    fillHeads();
    draw();
  });
  by('head').addEventListener('change', () => {
    state.head = Number(by('head').value);
    draw();
  });
  for (const box of ['words', 'marks', 'gold']) by(box).addEventListener('change', draw);
  const point = (event, isFocused) => {
    const cell = event.target.closest('td');
    if (cell) choose(cell.parentNode.rowIndex - 1, cell.cellIndex - 1, isFocused);
  };
  by('matrix').addEventListener('mouseover', event => point(event, false));
  by('matrix').addEventListener('focusin', event => point(event, false));
  by('matrix').addEventListener('click', event => point(event, true));
  by('matrix').addEventListener('keydown', moveCell);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => grid && draw());
}
function moveCell(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const lastRow = grid.rows.length - 1, lastColumn = grid.columns.length - 1;
  const target = {
    ArrowUp: [Math.max(state.row - 1, 0), state.column],
    ArrowDown: [Math.min(state.row + 1, lastRow), state.column],
    ArrowLeft: [state.row, Math.max(state.column - 1, 0)],
    ArrowRight: [state.row, Math.min(state.column + 1, lastColumn)],
    Home: [state.row, 0],
    End: [state.row, lastColumn],
    PageUp: [0, state.column],
    PageDown: [lastRow, state.column],
  }[event.key];
  if (!target) return;
  event.preventDefault();
  choose(target[0], target[1], true);
}

function start() {
  by('title').textContent = data.title;
  by('summary').textContent = data.summary;
  by('summary').hidden = !data.summary;
  listen();
  if (!data.sentences.length) {
    document.querySelector('.controls').hidden = true;
    draw();
    return;
  }
  fill(by('sentence'), data.sentences.map(sentence => {
    const text = runningText(sentence);
    return `${sentence.id + 1}: ${text.length > 90 ? [...text].slice(0, 90).join('') + '\u2026' : text}`;
  }));
  chooseSentence(0);
}
function runningText(sentence) {
  if (sentence.sourceTexts.length && sentence.unit === 'word') return sentence.sourceTexts.join(' ');
  const texts = [];
  sentence.source.forEach((text, i) => {
    const word = sentence.sourceWords[i];
    if (word < 0) return;
    const isSame = i > 0 && sentence.sourceWords[i - 1] === word;
    if (!isSame) texts.push([]);
    texts[texts.length - 1].push(text);
  });
  return texts.map(joined).join(' ');
}
start();
})();
