/** @file How a report looks, on screens and on paper. */
export const STYLE = `
:root { color-scheme: light; --ink: #1a1a1a; --faint: #595959; --line: #c8c8c8; --blue: #0b5cad; --orange: #b34700; }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: #fff; max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1.02rem; margin: 1.2rem 0 .3rem; }
p { margin: .4rem 0; max-width: 48rem; } .scope, figcaption, caption { color: var(--faint); font-size: .86rem; }
.wide { overflow-x: auto; margin: .5rem 0; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .86rem; }
caption { text-align: left; padding-bottom: .2rem; white-space: nowrap; } th, td { padding: .16rem .55rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th[scope=row], thead th:first-child { text-align: left; } .texts td, .texts th { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.strip { width: 100%; max-width: 40rem; height: auto; display: block; } .strip text { font-size: 11px; fill: var(--ink); } .strip .name { text-anchor: end; } .strip .tick { text-anchor: middle; fill: var(--faint); }
.strip circle { fill: var(--blue); fill-opacity: .45; } .strip .grid { stroke: var(--line); stroke-width: .7; } .strip .interval { stroke: var(--ink); stroke-width: 2; } .strip .mean { stroke: var(--ink); stroke-width: 2; }
.pictures { display: flex; flex-wrap: wrap; gap: .8rem; } .pictures figure { margin: 0; width: 13rem; } .pictures svg { width: 100%; height: auto; max-height: 13rem; display: block; background: #eee; } figcaption { overflow-wrap: anywhere; }
.pictures path { fill: none; stroke-width: 1; } .pictures .truth { stroke: #ffd500; } .pictures .result { stroke: #00e5ff; stroke-dasharray: 3 2; } .pictures .halo { stroke: #000; stroke-width: 2; stroke-dasharray: none; stroke-opacity: .45; } .blank { fill: #555; }
pre { background: #f4f4f4; padding: .6rem; overflow-x: auto; font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; } a { color: var(--blue); }
@media print {
  @page { margin: 12mm; }
  body { font-size: 9pt; line-height: 1.3; max-width: none; padding: 0; }
  section.set { break-before: page; } h2, h3 { break-after: avoid; margin-top: .5rem; } p { margin: .1rem 0; } .wide { margin: .2rem 0; } figure, tr, .strip { break-inside: avoid; }
  table { font-size: 7.2pt; } th, td { padding: .05rem .3rem; } .strip { max-width: 13cm; } .pictures figure { width: 4.2cm; } .pictures svg { max-height: 4.2cm; } .wide { overflow: visible; } pre { font-size: 7pt; }
}
`
