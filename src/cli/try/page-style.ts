/**
 * How a trial's page looks: light and dark as the reader's system says, printable, and readable on a phone.
 */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fbfaf8; --card: #fff; --ink: #1d1b18; --soft: #6b665e; --rule: #e4e0d8; --main: #1f6f8b; --area: #1f6f8b26; --good: #1e7d4f; --bad: #b3372b; --warn: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --paper: #161513; --card: #1f1d1a; --ink: #ece8e1; --soft: #a19a8e; --rule: #37332d; --main: #6dbbd6; --area: #6dbbd62e; --good: #6cc498; --bad: #ef8a7d; --warn: #dcb04c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.35rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2.5rem 0 .6rem; }
p { margin: .4rem 0; } .soft { color: var(--soft); } small { color: var(--soft); }
.headline { font-size: 1.25rem; line-height: 1.4; margin: 1.25rem 0 .5rem; padding-left: .9rem; border-left: 4px solid var(--good); }
.headline.no { border-color: var(--warn); } .headline.bad { border-color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .75rem 0; } dt { color: var(--soft); } dd { margin: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.tile { background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; padding: .7rem .9rem; } .tile b { display: block; font-size: 1.45rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; } figure { margin: 0; } figcaption { font-weight: 600; font-size: .95rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); } th, td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; } td:not(.n) { min-width: 5.5rem; } .n { text-align: right; white-space: nowrap; } tr.own td { font-weight: 600; }
.bad, td.bad { color: var(--bad); } .good { color: var(--good); } .warn { color: var(--warn); }
ol.next > li { margin: .8rem 0; } ol.next b { display: block; } code { background: var(--card); border: 1px solid var(--rule); border-radius: .25rem; padding: .05rem .35rem; font-size: .88em; }
ul.rows { list-style: none; margin: .2rem 0 0; padding: 0; color: var(--soft); font-size: .88rem; } details > summary { cursor: pointer; color: var(--soft); }
svg.chart { width: 100%; height: auto; display: block; } svg text { fill: var(--soft); font: 12px system-ui, sans-serif; } svg text.label { fill: var(--ink); }
.grid { stroke: var(--rule); } .line { fill: none; stroke: var(--main); stroke-width: 2; } .area { fill: var(--area); } .mark { stroke: var(--warn); stroke-dasharray: 4 3; } .ideal { stroke: var(--soft); stroke-dasharray: 2 4; }
.dot { fill: var(--main); fill-opacity: .8; } .range { stroke: var(--main); stroke-width: 3; } .dot.bad { fill: var(--bad); } .range.bad { stroke: var(--bad); }
svg.bar { width: 6rem; height: .5rem; border-radius: .25rem; overflow: hidden; } .track { fill: var(--rule); } .fill { fill: var(--main); } rect.bad { fill: var(--bad); }
@media print { body { max-width: none; } section { break-inside: avoid; } }
`
