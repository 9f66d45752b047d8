// Graphviz's SVG made fit for a browser: fills the window, pans and zooms, reads in a light and a dark page.

import { textWidth } from './text-width.js';

/** "auto": as the reader's system is set. */
export type Theme = 'light' | 'dark' | 'auto';

const LIGHT = `.leakline-graph{background:#fff}`;

/** Boxes turn dark and keep their hue, letters turn light; the many light calls step back, as they do on white. */
const DARK = `.leakline-graph{background:#181b1f}
.leakline-graph .graph>polygon{fill:#181b1f}
.leakline-graph text{fill:#d8d9da}
.leakline-graph .cluster polygon{stroke:#6e7177}
.leakline-graph .node polygon,.leakline-graph .node path{filter:invert(.88) hue-rotate(180deg)}
.leakline-graph .node polyline{stroke:#9da0a6}
.leakline-graph .edge [stroke=black]{stroke:#9da0a6}
.leakline-graph .edge [fill=black]{fill:#9da0a6}
.leakline-graph .edge path,.leakline-graph .edge polygon{filter:brightness(1.35)}
.leakline-graph .edge path:not([stroke-width]){opacity:.5}`;

/** Thin lines stay a pixel wide, and dots stand closer than Graphviz's: else a large graph loses its calls when it is seen whole. */
const COMMON = `.leakline-graph .edge path:not([stroke-width]){vector-effect:non-scaling-stroke}
.leakline-graph .edge path[stroke-dasharray]{stroke-dasharray:2,3}
.leakline-graph{cursor:grab;touch-action:none;user-select:none}
.leakline-graph.leakline-dragged{cursor:grabbing}
.leakline-graph .node:hover polygon{stroke-width:2}
.leakline-graph .edge:hover path{stroke-width:3}
.leakline-graph .edge:hover text{font-weight:bold}
.leakline-graph.leakline-picked .node,.leakline-graph.leakline-picked .edge{opacity:.15}
.leakline-graph.leakline-picked .leakline-near{opacity:1}`;

function styleOf(theme: Theme): string {
  if (theme === 'light') return COMMON + LIGHT;
  if (theme === 'dark') return COMMON + DARK;
  return `${COMMON}${LIGHT}@media (prefers-color-scheme:dark){${DARK}}`;
}

/**
 * Runs in the picture. Drag pans, the wheel zooms about the pointer, + - 0 zoom and reset, a click on a function
 * shows its calls alone. It works on the view box, so that a picture without script looks the same at first.
 */
const SCRIPT = `(function(){
var svg=document.currentScript?document.currentScript.ownerSVGElement:document.documentElement;
var whole=svg.getAttribute('viewBox').split(/\\s+/).map(Number),view=whole.slice(),from=null,moved=false;
function show(){svg.setAttribute('viewBox',view.join(' '))}
function at(e){var m=svg.getScreenCTM();return{x:(e.clientX-m.e)/m.a,y:(e.clientY-m.f)/m.d}}
function zoom(f,p){var w=view[2]*f;if(w<whole[2]/200||w>whole[2]*4)return;
view=[p.x-(p.x-view[0])*f,p.y-(p.y-view[1])*f,w,view[3]*f];show()}
function middle(){return{x:view[0]+view[2]/2,y:view[1]+view[3]/2}}
svg.addEventListener('wheel',function(e){e.preventDefault();zoom(Math.exp(Math.max(-100,Math.min(100,e.deltaY))/400),at(e))},{passive:false});
svg.addEventListener('pointerdown',function(e){if(e.button)return;from=at(e);moved=false});
svg.addEventListener('pointermove',function(e){if(!from)return;var p=at(e);
if(!moved){if(Math.abs(p.x-from.x)+Math.abs(p.y-from.y)<view[2]/300)return;moved=true;svg.setPointerCapture(e.pointerId);svg.classList.add('leakline-dragged')}
view[0]+=from.x-p.x;view[1]+=from.y-p.y;show()});
function end(){from=null;svg.classList.remove('leakline-dragged')}
svg.addEventListener('pointerup',end);svg.addEventListener('pointercancel',end);
svg.addEventListener('click',function(e){if(moved)return;var n=e.target.closest('.node');
svg.querySelectorAll('.leakline-near').forEach(function(x){x.classList.remove('leakline-near')});
svg.classList.toggle('leakline-picked',!!n);if(!n)return;
function name(g){var t=g.querySelector('title');return t?t.textContent:''}
var own=name(n),near={};near[own]=1;
svg.querySelectorAll('.edge').forEach(function(g){var ends=name(g).split('->');
if(ends.indexOf(own)<0)return;g.classList.add('leakline-near');ends.forEach(function(x){near[x]=1})});
svg.querySelectorAll('.node').forEach(function(g){if(near[name(g)])g.classList.add('leakline-near')})});
window.addEventListener('keydown',function(e){if(e.ctrlKey||e.metaKey||e.altKey)return;
if(e.key==='+'||e.key==='=')zoom(.8,middle());else if(e.key==='-')zoom(1.25,middle());
else if(e.key==='0'||e.key==='Escape'){view=whole.slice();show()}});
})();`;

/** @param svg as Graphviz writes it. */
export function standaloneSvg(svg: string, theme: Theme): string {
  const open = /<svg\s[^>]*viewBox="([^"]+)"[^>]*>/.exec(svg);
  if (!open) throw new Error('Graphviz wrote no SVG');
  const box = open[1]!.trim().split(/\s+/).map(Number).join(' ');
  const body = fitText(svg.slice(open.index + open[0].length).replace(/<\/svg>\s*$/, ''));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="leakline-graph" ` +
    `width="100%" height="100%" viewBox="${box}" preserveAspectRatio="xMidYMid meet">\n` +
    `<style>${styleOf(theme)}</style>${body}` +
    `<script type="text/javascript"><![CDATA[${SCRIPT}]]></script>\n</svg>\n`
  );
}

/** Tells every text of Graphviz's SVG the width that was planned for it. */
export function fitText(svg: string): string {
  return svg.replace(
    /(<text [^>]*font-size="([\d.]+)"[^>]*)>([^<]+)</g,
    (_, open: string, size: string, text: string) => {
      const width = textWidth(unescapeXml(text).trim(), Number(size));
      return `${open} textLength="${width.toFixed(1)}" lengthAdjust="spacingAndGlyphs">${text.trim()}<`;
    },
  );
}

function unescapeXml(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
