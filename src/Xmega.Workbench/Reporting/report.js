// Draws the waveforms from the page's own data: what the view shows, at the width that there is.
(() => {
  'use strict';
  const host = document.getElementById('waves');
  if (!host) return;
  const data = JSON.parse(document.getElementById('data').textContent);
  const viewText = document.getElementById('view'), cursorText = document.getElementById('cursor');
  const ROW = 26, HEAD = 22, HIGH = 5, LOW = 20, MIDDLE = (HIGH + LOW) / 2;
  const end = Math.max(data.end, 1), shortest = Math.min(end, 20e3); // picoseconds
  let view = [0, end], chosen = 0, mark = null, pointer = null, width = 0, left = 0;

  // Absolute times: changes, then blocks of changes that lie too close together.
  const lanes = data.lanes.map(lane => {
    let at = 0;
    const marks = lane.times.map((d, i) => { at += d; return { from: at, to: at, count: 1, value: lane.kind === 'event' ? 1 : +lane.values[i] }; });
    for (let i = 0; i < lane.blocks.length; i += 4) {
      const from = at + lane.blocks[i];
      at = from + lane.blocks[i + 1];
      marks.push({ from, to: at, count: lane.blocks[i + 2], value: lane.blocks[i + 3] });
    }
    return { name: lane.name, kind: lane.kind, initial: lane.initial, marks };
  });
  const styles = ['cpu', 'pmic', 'evsys', 'dma', 'adc', 'usart', 'port'];
  lanes.forEach(lane => { lane.style = styles.find(s => lane.name.toLowerCase().startsWith(s)) || 'port'; });

  const time = ps => {
    if (ps === 0) return '0';
    const sign = ps < 0 ? '−' : '', size = Math.abs(ps);
    const [unit, name] = [[1e12, 's'], [1e9, 'ms'], [1e6, 'µs'], [1e3, 'ns']].find(u => size >= u[0]) || [1e3, 'ns'];
    return sign + (size / unit).toLocaleString('en', { maximumFractionDigits: 4 }) + ' ' + name;
  };
  const escape = text => text.replace(/[&<>"]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
  const first = (marks, from) => { // the first that does not end before
    let low = 0, high = marks.length;
    while (low < high) { const middle = (low + high) >> 1; if (marks[middle].to < from) low = middle + 1; else high = middle; }
    return low;
  };
  const valueAt = (lane, at) => { const i = first(lane.marks, at + 0.5); return i > 0 ? lane.marks[i - 1].value : lane.initial; };
  const shown = (lane, value) => lane.kind === 'byte' ? (value > 32 && value < 127 ? `'${String.fromCharCode(value)}'` : '0x' + value.toString(16).toUpperCase().padStart(2, '0')) : value === 2 ? 'z' : String(value);
  const height = value => value === 1 ? HIGH : value === 0 ? LOW : MIDDLE;
  const scale = () => (width - left - 6) / (view[1] - view[0]);
  const x = at => left + (at - view[0]) * scale();
  const timeAt = position => view[0] + (position - left) / scale();

  const level = (lane, y) => {
    let i = first(lane.marks, view[0]), value = i > 0 ? lane.marks[i - 1].value : lane.initial, px = left;
    let line = `M${left} ${y + height(value)}`, under = '', dense = '';
    const right = width - 6, span = to => { if (value === 1 && to > px) under += `M${px.toFixed(1)} ${y + HIGH}H${to.toFixed(1)}V${y + LOW}H${px.toFixed(1)}Z`; };
    while (i < lane.marks.length && lane.marks[i].from <= view[1]) {
      const change = lane.marks[i], at = Math.max(left, x(change.from));
      let until = Math.min(right, x(change.to)), count = change.count, last = change;
      while (i + 1 < lane.marks.length && lane.marks[i + 1].from <= view[1] && x(lane.marks[i + 1].from) - until < 1.2) { last = lane.marks[++i]; count += last.count; until = Math.min(right, x(last.to)); }
      span(at);
      line += `H${at.toFixed(1)}`;
      if (count === 1) line += `V${y + height(last.value)}`;
      else { dense += `M${at.toFixed(1)} ${y + HIGH}H${Math.max(until, at + 1.2).toFixed(1)}V${y + LOW}H${at.toFixed(1)}Z`; line += `M${until.toFixed(1)} ${y + height(last.value)}`; }
      value = last.value; px = until; i++;
    }
    span(right);
    return `<path class="under" d="${under}"/><path class="dense" d="${dense}"/><path class="wave" d="${line}H${right}"/>`;
  };
  const events = (lane, y) => {
    let line = `M${left} ${y + LOW}H${width - 6}`, dense = '', text = '', free = left;
    for (let i = first(lane.marks, view[0]); i < lane.marks.length && lane.marks[i].from <= view[1]; i++) {
      const at = Math.max(left, x(lane.marks[i].from));
      let until = Math.min(width - 6, x(lane.marks[i].to)), count = lane.marks[i].count;
      const value = lane.marks[i].value;
      while (i + 1 < lane.marks.length && lane.marks[i + 1].from <= view[1] && x(lane.marks[i + 1].from) - until < 2) { count += lane.marks[++i].count; until = Math.min(width - 6, x(lane.marks[i].to)); }
      if (count > 1) { dense += `M${at.toFixed(1)} ${y + HIGH}H${Math.max(until, at + 1.5).toFixed(1)}V${y + LOW}H${at.toFixed(1)}Z`; continue; }
      line += `M${at.toFixed(1)} ${y + LOW}V${y + HIGH}`;
      const next = i + 1 < lane.marks.length ? x(lane.marks[i + 1].from) : width;
      const label = lane.kind === 'byte' ? shown(lane, value) : '';
      if (label && next - at > 8 * label.length && at >= free) { text += `<text class="value" x="${(at + 3).toFixed(1)}" y="${y + 17}">${escape(label)}</text>`; free = at + 8 * label.length; }
    }
    return `<path class="dense" d="${dense}"/><path class="wave" d="${line}"/>${text}`;
  };

  const draw = () => {
    width = host.clientWidth;
    left = width < 520 ? 112 : 136;
    const total = HEAD + lanes.length * ROW + 4, span = view[1] - view[0];
    const raw = span / Math.max(2, (width - left) / 90), power = 10 ** Math.floor(Math.log10(raw)), by = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw);
    let svg = '';
    lanes.forEach((lane, i) => { if (i % 2 === 0 || i === chosen) svg += `<rect class="row${i === chosen ? ' chosen' : ''}" x="1" y="${HEAD + i * ROW}" width="${width - 2}" height="${ROW}"/>`; });
    for (let t = Math.ceil(view[0] / by) * by; t <= view[1]; t += by) {
      const at = x(t);
      svg += `<line class="grid" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${HEAD - 4}" y2="${total}"/>`;
      if (at < width - 30) svg += `<text x="${at.toFixed(1)}" y="13" text-anchor="${at < left + 20 ? 'start' : 'middle'}">${time(t)}</text>`;
    }
    lanes.forEach((lane, i) => {
      const y = HEAD + i * ROW;
      svg += `<g class="${lane.style}">${lane.kind === 'level' ? level(lane, y) : events(lane, y)}</g><text x="8" y="${y + 17}"${i === chosen ? ' class="chosen"' : ''}>${escape(lane.name)}</text>`;
    });
    const vertical = (at, style) => at !== null && at >= view[0] && at <= view[1] ? `<line class="${style}" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${HEAD - 4}" y2="${total}"/>` : '';
    svg += vertical(mark, 'mark') + vertical(pointer, 'pointer');
    host.innerHTML = `<svg height="${total}" aria-hidden="true">${svg}</svg>`;
    viewText.textContent = view[0] === 0 && view[1] === end ? `whole run, ${time(end)}` : `${time(view[0])} to ${time(view[1])}, ${time(span)} wide`;
    host.dataset.view = view.map(v => Math.round(v)).join(' ');
    host.dataset.chosen = lanes[chosen].name;
  };
  const show = (from, to) => {
    const span = Math.min(Math.max(to - from, shortest), end), start = Math.min(Math.max(from, 0), end - span);
    view = [start, start + span];
    draw();
  };
  const zoom = (factor, at = (view[0] + view[1]) / 2) => show(at - (at - view[0]) * factor, at + (view[1] - at) * factor);
  const pan = share => show(view[0] + share * (view[1] - view[0]), view[1] + share * (view[1] - view[0]));
  const say = at => {
    const lane = lanes[chosen];
    let text = `${time(at)}: ${lane.name}` + (lane.kind === 'level' ? ` is ${shown(lane, valueAt(lane, at))}` : '');
    if (mark !== null && at !== mark) text += `, ${time(at - mark)} from the mark`;
    cursorText.textContent = text + '.';
  };
  const choose = n => { chosen = Math.min(Math.max(n, 0), lanes.length - 1); draw(); cursorText.textContent = `${lanes[chosen].name}, ${lanes[chosen].marks.reduce((n, m) => n + m.count, 0)} changes.`; };
  const seek = forward => {
    const lane = lanes[chosen], here = pointer ?? (forward ? -1 : end + 1);
    const found = forward ? lane.marks.find(m => m.from > here) : lane.marks.findLast(m => m.from < here);
    if (!found) { cursorText.textContent = `No ${forward ? 'later' : 'earlier'} change of ${lane.name}.`; return; }
    pointer = found.from;
    if (pointer < view[0] || pointer > view[1]) show(pointer - (view[1] - view[0]) / 2, pointer + (view[1] - view[0]) / 2);
    else draw();
    const what = found.count > 1 ? `${found.count} changes from here to ${time(found.to)}` : lane.kind === 'event' ? 'event' : lane.kind === 'byte' ? shown(lane, found.value) : `becomes ${shown(lane, found.value)}`;
    cursorText.textContent = `${time(pointer)}: ${lane.name} ${what}` + (mark !== null ? `, ${time(pointer - mark)} from the mark.` : '.');
  };
  const setMark = at => { mark = at; draw(); cursorText.textContent = `Mark at ${time(at)}.`; };
  const acts = { in: () => zoom(0.5), out: () => zoom(2), left: () => pan(-0.25), right: () => pan(0.25), all: () => show(0, end) };
  document.querySelectorAll('[data-act]').forEach(button => button.addEventListener('click', () => acts[button.dataset.act]()));
  const keys = { '+': acts.in, '=': acts.in, '-': acts.out, ArrowLeft: acts.left, ArrowRight: acts.right, 0: acts.all, Home: () => show(0, view[1] - view[0]), End: () => show(end - (view[1] - view[0]), end), ArrowUp: () => choose(chosen - 1), ArrowDown: () => choose(chosen + 1), n: () => seek(true), p: () => seek(false), m: () => setMark(pointer ?? (view[0] + view[1]) / 2) };
  host.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || !keys[e.key]) return;
    e.preventDefault();
    keys[e.key]();
  });

  const place = e => e.clientX - host.getBoundingClientRect().left;
  const laneOf = e => Math.floor((e.clientY - host.getBoundingClientRect().top - HEAD) / ROW);
  const fingers = new Map();
  let moved = 0;
  host.addEventListener('wheel', e => {
    if (document.activeElement !== host) return; // the page scrolls until the reader has chosen the waveforms
    e.preventDefault();
    if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) pan(Math.sign(e.deltaX) * 0.05);
    else zoom(e.deltaY < 0 ? 0.8 : 1.25, timeAt(place(e)));
  }, { passive: false });
  host.addEventListener('pointerdown', e => { fingers.set(e.pointerId, place(e)); moved = 0; host.setPointerCapture(e.pointerId); });
  host.addEventListener('pointermove', e => {
    const at = place(e);
    if (fingers.size === 0) {
      pointer = at >= left ? timeAt(at) : null;
      const lane = laneOf(e);
      if (lane >= 0 && lane < lanes.length) chosen = lane;
      draw();
      if (pointer !== null) say(pointer);
      return;
    }
    if (!fingers.has(e.pointerId)) return;
    const before = [...fingers.values()];
    fingers.set(e.pointerId, at);
    const after = [...fingers.values()];
    moved += Math.abs(after[0] - before[0]);
    if (after.length === 1) { const by = (before[0] - after[0]) / scale(); show(view[0] + by, view[1] + by); }
    else if (after.length === 2) zoom(Math.abs(before[0] - before[1]) / Math.max(1, Math.abs(after[0] - after[1])), timeAt((after[0] + after[1]) / 2));
  });
  host.addEventListener('pointerup', e => {
    if (fingers.size === 1 && moved < 4 && place(e) >= left) setMark(timeAt(place(e)));
    fingers.delete(e.pointerId);
  });
  host.addEventListener('pointercancel', e => fingers.delete(e.pointerId));
  host.addEventListener('pointerleave', () => { if (fingers.size === 0) { pointer = null; draw(); } });
  new ResizeObserver(() => { if (host.clientWidth !== width) draw(); }).observe(host);
  draw();
})();
