"""How a contact sheet looks, on a screen of any width and on paper."""

STYLE = """
:root{--ok:#2f6f4f;--doubt:#c77700;--poor:#c2002b;--weak:#6a1fb0;--line:#0b62c4;--grey:#666}
*{box-sizing:border-box}
body{font:15px/1.4 system-ui,"Segoe UI","DejaVu Sans",sans-serif;margin:0;padding:0 1.2rem 2rem;color:#1b1b1b;
background:#f4f3f0}
body>input{margin:.75rem .3rem .6rem 0;vertical-align:middle}body>input~label{margin-right:1rem;vertical-align:middle}
.legend{display:inline-block;margin:.5rem 0;color:var(--grey);font-size:.85rem}
.key{display:inline-block;width:1.1rem;height:.75rem;margin:0 .3rem 0 .9rem;border:2px solid;vertical-align:-1px}
.key.sure{border-color:var(--ok)}.key.doubt{border-color:var(--doubt);background:#c7770033}
.key.poor{border-color:var(--poor);background:#c2002b33}.key.weak{border:2px dashed var(--weak)}
header{border-top:1px solid #ccc;padding-top:.6rem}.kind{margin:0;color:var(--grey)}
h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:0 0 .5rem}
header p{margin:.15rem 0}.small{color:var(--grey);font-size:.85rem}
nav{background:#fff;border:1px solid #ddd;border-radius:6px;padding:.8rem 1rem;margin:.8rem 0}
nav table{border-collapse:collapse;margin:0 0 1rem}nav td{padding:.15rem 1rem .15rem 0;vertical-align:top}
nav td:first-child{white-space:nowrap}.numbers{margin:0;display:flex;flex-wrap:wrap;gap:3px}
.numbers a{min-width:2.2rem;padding:.1rem .2rem;text-align:center;text-decoration:none;color:#fff;border-radius:3px;
font-size:.85rem;background:var(--ok)}
.mark{font-size:.8rem;font-weight:600;color:#fff;background:var(--ok);padding:.1rem .45rem;border-radius:3px;
white-space:nowrap}
.mark.low,.mark.undone,.numbers .low,.numbers .undone{background:var(--doubt)}
.mark.failed,.mark.rejected,.numbers .failed,.numbers .rejected{background:var(--poor)}
.mark.waiting,.mark.blank,.numbers .waiting,.numbers .blank{background:#77808a}
section{display:flex;gap:1.2rem;align-items:flex-start;background:#fff;border:1px solid #ddd;border-left:5px solid
var(--ok);border-radius:6px;padding:.9rem 1rem;margin:0 0 1rem}
section.low,section.undone{border-left-color:var(--doubt)}
section.failed,section.rejected{border-left-color:var(--poor)}
section.waiting,section.blank{border-left-color:#77808a}
figure{margin:0}.master{flex:0 1 24%;position:sticky;top:.6rem}.pages{flex:1 1 76%;min-width:0}
figcaption{font-size:.8rem;color:var(--grey);overflow-wrap:anywhere;margin-top:.25rem}
article{display:grid;grid-template-columns:minmax(0,11fr) minmax(0,9fr);grid-template-rows:auto auto 1fr;
gap:0 1.2rem;scroll-margin-top:.6rem}
article+article{border-top:1px solid #ddd;margin-top:1rem;padding-top:.8rem}
article h2{grid-column:1/3}article .text,article>.none{grid-column:2;grid-row:2/4}.facts{margin-top:.7rem}
article h2 a{float:right;text-decoration:none;color:var(--grey);font-weight:400}
.pic{position:relative;line-height:0}.pic img{width:100%;height:auto;border:1px solid #bbb}
.pic svg{position:absolute;inset:1px;width:calc(100% - 2px);height:calc(100% - 2px)}
.pic path,.pic polygon,.pic line{vector-effect:non-scaling-stroke;fill:none;stroke-width:1}
.lines polygon{stroke:var(--line);stroke-width:2}.lines .cut{stroke:var(--poor);stroke-width:2;stroke-dasharray:6 4}
.words .sure{stroke:#2f6f4f66}.words .doubt{stroke:var(--doubt);fill:#c7770026}
.words .poor{stroke:var(--poor);fill:#c2002b2e;stroke-width:1.5}
.words .weak{stroke:var(--weak);stroke-width:2;stroke-dasharray:5 3;pointer-events:stroke}
.none{color:var(--grey);font-style:italic;margin:.3rem 0}.reason{margin:0 0 .6rem;font-weight:600;color:var(--poor)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.05rem .8rem;margin:0 0 .6rem;font-size:.85rem}
dt{color:var(--grey)}dd{margin:0;overflow-wrap:anywhere}
.steps{border-collapse:collapse;width:100%;font-size:.8rem;margin:0 0 .7rem}
.steps th{text-align:left;font-weight:400;color:var(--grey);white-space:nowrap}
.steps th,.steps td{padding:.12rem .6rem .12rem 0;border-top:1px solid #eee;vertical-align:top}
.steps code{font:inherit;overflow-wrap:anywhere}.steps em{display:block;font-style:normal;color:var(--grey)}
.steps .undone em{color:var(--doubt);font-weight:600}
.text{font-size:.8rem;line-height:1.42;overflow-wrap:anywhere;align-self:start;padding:.6rem .7rem;
background:#faf9f6;border:1px solid #e5e2da;border-radius:4px}.text p{white-space:pre-wrap;margin:0 0 .45em}
#s-words:not(:checked)~main .words,#s-lines:not(:checked)~main .lines,#s-steps:not(:checked)~main .steps,
#s-text:not(:checked)~main .text,#s-problems:checked~main section.ok{display:none}
@media(max-width:60rem){section{display:block}.master{position:static;max-width:60%;margin-bottom:1rem}}
@media(max-width:40rem){article{display:block}}
@page{size:A4;margin:10mm}
@media print{body{background:none;padding:0;font-size:9pt}body>input,body>label,article h2 a{display:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
section{break-inside:avoid;border-radius:0;display:flex;gap:4mm;padding:2mm 3mm}
.master{position:static;max-width:none;margin:0}
article{display:grid}.text{font-size:6.5pt;padding:1.5mm}.pic{max-width:none!important}.steps,dl{font-size:7pt}nav{border-radius:0}}
"""
