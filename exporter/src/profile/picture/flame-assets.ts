// Style and script that a flame graph carries with it.

export const FLAME_STYLE = `.leakline-flame{--light:72%;--root:#c9ccd1;display:block;font:12px system-ui,Helvetica,Arial,sans-serif}
.leakline-flame .f{cursor:pointer;overflow:hidden}
.leakline-flame rect{stroke:#fff;stroke-width:.5}
.leakline-flame text{fill:#1a1c1f;pointer-events:none}
.leakline-flame .f:hover rect{stroke:#1a1c1f;stroke-width:1.5}
.leakline-flame .found rect{fill:#b877d9}
.leakline-flame .above{opacity:.55}
@media (prefers-color-scheme:dark){.leakline-flame{--light:28%;--root:#4a4d54;background:#181b1f}
.leakline-flame rect{stroke:#181b1f}.leakline-flame text{fill:#f0f0f0}
.leakline-flame .f:hover rect{stroke:#fff}.leakline-flame .found rect{fill:#7a3fa0}}`;

/** A click zooms, Escape zooms out; a search form beside the picture marks what it finds. */
export const FLAME_SCRIPT = `(function(){
var svg=document.currentScript?document.currentScript.ownerSVGElement:document.documentElement;
var boxes=[].slice.call(svg.querySelectorAll('.f')).map(function(e){
return{e:e,x:+e.dataset.x,w:+e.dataset.w,l:+e.dataset.l,name:e.querySelector('title').textContent.split('\\n')[0]}});
var slack=1e-3;
function zoom(to){boxes.forEach(function(b){var above=b.l<to.l&&b.x<=to.x+slack&&b.x+b.w>=to.x+to.w-slack;
var below=b.l>=to.l&&b.x>=to.x-slack&&b.x+b.w<=to.x+to.w+slack;
b.e.style.display=above||below?'':'none';b.e.classList.toggle('above',above);
b.e.setAttribute('x',above?'0%':(b.x-to.x)/to.w*100+'%');b.e.setAttribute('width',above?'100%':b.w/to.w*100+'%');
if(!b.e.querySelector('text')&&b.w/to.w>.01){var t=document.createElementNS('http://www.w3.org/2000/svg','text');
t.setAttribute('x','4');t.setAttribute('y','13');t.textContent=b.name;b.e.appendChild(t)}})}
boxes.forEach(function(b){b.e.addEventListener('click',function(){zoom(b)})});
window.addEventListener('keydown',function(e){if(e.key==='Escape'&&boxes[0])zoom(boxes[0])});
var form=document.querySelector('.leakline-search');if(!form)return;
var input=form.querySelector('input'),out=form.querySelector('output');
function search(){var text=input.value.toLowerCase(),found=0;boxes.forEach(function(b){
var hit=text!==''&&b.name.toLowerCase().indexOf(text)>=0;if(hit)found++;b.e.classList.toggle('found',hit)});
out.textContent=text===''?'':found+' found'}
input.addEventListener('input',search);
form.addEventListener('submit',function(e){e.preventDefault()});
form.addEventListener('reset',function(){input.value='';search();if(boxes[0])zoom(boxes[0])});
})();`;
