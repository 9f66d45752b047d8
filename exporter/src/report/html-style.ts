// The style of a report in HTML: one column that reads well, tables that scroll on their own on a narrow screen.

import { DARK, LIGHT, paletteVariables } from './picture.js';

const FACES = `system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif`;
const CODE_FACES = `ui-monospace,"Cascadia Mono",SFMono-Regular,Menlo,Consolas,"Source Code Pro","Noto Sans Mono",monospace`;

export const REPORT_STYLE = `
:root{color-scheme:light dark;${paletteVariables(LIGHT)};--shade:#f6f7f9;--mark:#fff1e6}
@media screen and (prefers-color-scheme:dark){:root{${paletteVariables(DARK)};--shade:#1f242a;--mark:#3a2a1d}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 ${FACES}}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.4rem 0 .7rem;padding-bottom:.3rem;border-bottom:1px solid var(--grid)}
h3{font-size:1rem;margin:1.6rem 0 .4rem;overflow-wrap:anywhere}
p{margin:.5rem 0;overflow-wrap:anywhere}
.summary{font-size:1.1rem}
.byline,.muted,figcaption{color:var(--muted)}
.byline,figcaption{font-size:.875rem}
.danger{color:var(--danger)}
code,pre{font-family:${CODE_FACES};font-size:.875em}
h3 code{font-size:.95em}
pre{background:var(--shade);border:1px solid var(--grid);border-radius:6px;padding:.7rem .9rem;overflow-x:auto;line-height:1.45}
pre code{font-size:.85rem}
mark{display:inline-block;min-width:100%;background:var(--mark);color:inherit}
.margin{color:var(--muted);user-select:none}
dl{margin:.5rem 0;display:grid;gap:.25rem}
dl div{display:grid;grid-template-columns:11rem 1fr;gap:1rem}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th{text-align:left;color:var(--muted);font-weight:600;border-bottom:1px solid var(--muted);padding:.3rem .8rem .3rem 0;white-space:nowrap}
td{border-bottom:1px solid var(--grid);padding:.35rem .8rem .35rem 0;vertical-align:top}
td:not(.right){overflow-wrap:anywhere;min-width:7rem}
.right{text-align:right;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
.swatch{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.5em}
figure{margin:1rem 0}
figure>svg{width:100%;height:auto;display:block}
.graph{border:1px solid var(--grid);border-radius:6px;overflow:auto;max-height:44rem}
.graph svg{display:block;margin:0 auto;max-width:100%;height:auto}
li{margin:.4rem 0}
@media (max-width:40rem){main{padding:1.2rem 1rem 3rem}dl div{grid-template-columns:1fr;gap:0}h1{font-size:1.4rem}}
@media print{
@page{size:A4;margin:16mm}
body{font-size:10.5pt}
main{max-width:none;padding:0}
h2,h3{break-after:avoid}
tr,figure,pre{break-inside:avoid}
thead{display:table-header-group}
.scroll,pre,.graph{overflow:visible;max-height:none}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
}
`.replaceAll('\n', '');
