using System.Text;
using static Xmega.Workbench.Reporting.Html;

namespace Xmega.Workbench.Comparison;

/// <summary>
/// The comparison as one HTML page that needs no network: the table, the latency histograms, and a timing diagram of one
/// stimulus in both variants that can be zoomed and moved with mouse, fingers and keys.
/// </summary>
public static class ComparisonPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="a">The first firmware.</param>
    /// <param name="b">The second.</param>
    /// <returns>HTML; the same for two equal measurements.</returns>
    public static string Write(Measurement a, Measurement b)
    {
        var page = new StringBuilder();
        page.Append(Invariant($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(a.Name)} and {Text(b.Name)}</title>
            <style>{Style}</style>
            </head>
            <body>
            <main>
            <h1>{Text(a.Name)} <small>and</small> {Text(b.Name)}</h1>
            <p>From <code>{Text(a.From)}</code> to <code>{Text(a.To)}</code>{Other(a, b)} on an emulated ATxmega128A1, in clk_PER cycles.</p>

            """));
        WriteTable(page, a, b);
        page.Append("<h2>Latency</h2>\n<div class=\"pair\">\n");
        long first = Math.Min(a.Latency.Minimum ?? 0, b.Latency.Minimum ?? 0);
        long last = Math.Max(a.Latency.Maximum ?? 0, b.Latency.Maximum ?? 0);
        Histogram.Write(page, a, first, last, "a");
        Histogram.Write(page, b, first, last, "b");
        page.Append("</div>\n<h2>One stimulus</h2>\n");
        if (TimingDiagram.Write(page, a, b)) page.Append(Controls);
        else page.Append("<p>No stimulus had a reaction in both variants.</p>\n");
        page.Append(Invariant($"</main>\n<script>{Script}</script>\n</body>\n</html>\n"));
        return page.ToString();
    }

    // Where the second firmware's signals have other names, they are named too.
    private static string Other(Measurement a, Measurement b) =>
        a.From == b.From && a.To == b.To ? "" : $", in {Text(b.Name)} from <code>{Text(b.From)}</code> to <code>{Text(b.To)}</code>,";

    private static void WriteTable(StringBuilder page, Measurement a, Measurement b)
    {
        page.Append(Invariant($"<table>\n<thead><tr><th></th><th class=\"a\">{Text(a.Name)}</th><th class=\"b\">{Text(b.Name)}</th><th>ratio</th></tr></thead>\n<tbody>\n"));
        foreach (ComparisonRow row in ComparisonTable.Rows(a, b))
            page.Append(Invariant($"<tr><th scope=\"row\">{Text(row.Label)}</th><td>{row.Format(row.A)}</td><td>{row.Format(row.B)}</td><td>{row.Ratio:0.###}</td></tr>\n"));
        page.Append("</tbody>\n</table>\n");
    }

    private const string Controls = """
        <p class="controls">
        <button type="button" data-zoom="0.5">zoom in</button>
        <button type="button" data-zoom="2">zoom out</button>
        <button type="button" data-reset="1">all</button>
        <span>or wheel, pinch and drag; keys + − ← →</span>
        </p>

        """;

    private const string Style = """

        :root { --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #ffffff; --a: #b35900; --b: #0a6e4f; color-scheme: light dark; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b3; --line: #30363d; --paper: #0d1117; --a: #ffab4a; --b: #4cd3a5; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.45 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.4rem; margin: .5rem 0; overflow-wrap: anywhere; } h1 small { color: var(--soft); font-weight: normal; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
        th, td { padding: .25rem .4rem; border-bottom: 1px solid var(--line); text-align: right; overflow-wrap: anywhere; }
        th[scope=row] { text-align: left; font-weight: normal; color: var(--soft); }
        .a { color: var(--a); } .b { color: var(--b); }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1rem; }
        figure { margin: 0; } figcaption { font-size: .9rem; }
        svg { width: 100%; height: auto; display: block; } svg text { fill: var(--soft); font-size: 11px; font-family: system-ui, sans-serif; }
        rect.a { fill: var(--a); } rect.b { fill: var(--b); }
        #timing { touch-action: pan-y; cursor: grab; border: 1px solid var(--line); }
        #timing:focus-visible, button:focus-visible { outline: 2px solid var(--b); }
        .wave { fill: none; stroke-width: 1.5; vector-effect: non-scaling-stroke; } .wave.a { stroke: var(--a); } .wave.b { stroke: var(--b); }
        .grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; } .zero { stroke: var(--soft); stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
        .controls { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; color: var(--soft); font-size: .85rem; }
        button { font: inherit; padding: .3rem .7rem; }

        """;

    // The diagram is drawn once in cycles; zooming moves and stretches the drawing, the labels stay as they are.
    private const string Script = """

        (() => {
          const svg = document.getElementById('timing');
          if (!svg) return;
          const waves = svg.querySelectorAll('.waves'), axis = svg.querySelector('.axis');
          const left = +svg.dataset.left, width = +svg.dataset.width, full = [+svg.dataset.from, +svg.dataset.to], home = [+svg.dataset.homeFrom, +svg.dataset.homeTo];
          let view = home.slice();
          const clamp = (from, to) => {
            const span = Math.min(Math.max(to - from, 4), full[1] - full[0]);
            const start = Math.min(Math.max(from, full[0]), full[1] - span);
            view = [start, start + span];
          };
          const step = span => { const raw = span / 6, power = Math.pow(10, Math.floor(Math.log10(raw))); return [1, 2, 5, 10].map(m => m * power).find(s => s >= raw); };
          const draw = () => {
            const scale = width / (view[1] - view[0]);
            waves.forEach(g => g.setAttribute('transform', `translate(${left - view[0] * scale} 0) scale(${scale} 1)`));
            axis.textContent = '';
            const by = Math.max(1, step(view[1] - view[0]));
            for (let t = Math.ceil(view[0] / by) * by; t <= view[1]; t += by) {
              const label = document.createElementNS('http://www.w3.org/2000/svg', 'text');
              label.setAttribute('x', left + (t - view[0]) * scale);
              label.setAttribute('y', 14);
              label.setAttribute('text-anchor', 'middle');
              label.textContent = t;
              axis.append(label);
            }
            svg.dataset.view = view.map(v => v.toFixed(2)).join(' ');
          };
          const zoom = (factor, at = (view[0] + view[1]) / 2) => { clamp(at - (at - view[0]) * factor, at + (view[1] - at) * factor); draw(); };
          const pan = cycles => { clamp(view[0] + cycles, view[1] + cycles); draw(); };
          const cycleAt = x => { const box = svg.getBoundingClientRect(), units = svg.viewBox.baseVal.width / box.width; return view[0] + ((x - box.left) * units - left) * (view[1] - view[0]) / width; };
          document.querySelectorAll('[data-zoom]').forEach(b => b.addEventListener('click', () => zoom(+b.dataset.zoom)));
          document.querySelector('[data-reset]').addEventListener('click', () => { view = full.slice(); draw(); });
          svg.addEventListener('wheel', e => { e.preventDefault(); zoom(e.deltaY < 0 ? 0.8 : 1.25, cycleAt(e.clientX)); }, { passive: false });
          const fingers = new Map();
          svg.addEventListener('pointerdown', e => { fingers.set(e.pointerId, e.clientX); svg.setPointerCapture(e.pointerId); });
          svg.addEventListener('pointermove', e => {
            if (!fingers.has(e.pointerId)) return;
            const before = [...fingers.values()];
            fingers.set(e.pointerId, e.clientX);
            const after = [...fingers.values()];
            if (after.length === 1) pan(cycleAt(before[0]) - cycleAt(after[0]));
            else zoom(Math.abs(before[0] - before[1]) / Math.max(1, Math.abs(after[0] - after[1])), cycleAt((after[0] + after[1]) / 2));
          });
          ['pointerup', 'pointercancel'].forEach(n => svg.addEventListener(n, e => fingers.delete(e.pointerId)));
          svg.addEventListener('keydown', e => {
            const span = view[1] - view[0];
            const act = { '+': () => zoom(0.8), '=': () => zoom(0.8), '-': () => zoom(1.25), ArrowLeft: () => pan(-span / 8), ArrowRight: () => pan(span / 8) }[e.key];
            if (act) { e.preventDefault(); act(); }
          });
          draw();
        })();

        """;
}
