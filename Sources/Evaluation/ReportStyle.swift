/// The page's style sheet. Colours are defined once, for light and for dark.
let reportStyle = """

  :root{--paper:#fff;--ink:#1b1f24;--soft:#5d6670;--line:#e1e5ea;--wash:#f5f7f9;
   --right:31 111 178;--wrong:178 62 24;--warn:#8a5a00;--warnwash:#fff6df;--fill:.7}
  @media (prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e7eaee;--soft:#99a3ae;--line:#2c3239;
   --wash:#1c2127;--right:88 166 232;--wrong:240 128 84;--warn:#f2c868;--warnwash:#2e2614;--fill:.5}}
  *{box-sizing:border-box}
  html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
  body{margin:0;background:var(--paper);color:var(--ink);
   font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",sans-serif}
  main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
  h1,h2,p,dl,dd,ul,figure{margin:0;padding:0}
  section{margin-top:3.25rem}
  h2{font-size:1.25rem;line-height:1.3;margin-bottom:.75rem;letter-spacing:-.01em}
  .lead{margin-bottom:1rem}
  .hint{margin-top:.75rem;color:var(--soft);font-size:.875rem}
  .kicker{color:var(--soft)}.kicker b{color:var(--ink)}
  h1{font-size:1rem;font-weight:400}h1 .kicker{display:block}
  h1 .number{font-size:clamp(3.5rem,14vw,6rem);line-height:1.05;letter-spacing:-.04em;font-weight:700;
   font-variant-numeric:tabular-nums}
  h3{font-size:1rem;margin:1.5rem 0 .5rem}
  a{color:inherit}
  button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
  :focus-visible{outline:2px solid rgb(var(--right));outline-offset:2px}
  nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin-top:2rem;padding:.6rem 0;
   border:solid var(--line);border-width:1px 0;font-size:.875rem}
  .soft{color:var(--soft)}
  .count{font-size:1.125rem;margin-bottom:1.5rem}
  .ruler{position:relative;margin:0 2px;height:14px;border-radius:7px;background:var(--wash);box-shadow:inset 0 0 0 1px var(--line)}
  .ruler i{position:absolute;top:0;bottom:0}
  .range{background:rgb(var(--right)/.4);border-radius:7px;min-width:3px}
  .point{width:4px;margin-left:-2px;top:-5px!important;bottom:-5px!important;border-radius:2px;background:rgb(var(--right))}
  .chance{width:0;border-left:2px dotted var(--soft);top:-5px!important;bottom:-5px!important}
  .scale{display:flex;justify-content:space-between;color:var(--soft);font-size:.75rem;margin-top:.35rem}
  .key{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;font-size:.875rem;margin-top:.35rem}
  .key i{display:inline-block;width:1.1em;margin-right:.5em;vertical-align:-.05em}
  .k-range{height:.8em;border-radius:.4em;background:rgb(var(--right)/.4)}
  .k-chance{height:.9em;width:0!important;border-left:2px dotted var(--soft);margin:0 .85em 0 .45em!important}
  .note{margin-top:1.5rem;padding:.75rem 1rem;border-radius:.5rem;background:var(--wash);border:1px solid var(--line)}
  .warn{background:var(--warnwash);color:var(--warn);border-color:currentColor;font-weight:600}
  .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.25rem,1fr));gap:1rem 1.5rem;margin-top:2.25rem}
  .figures div{border-top:2px solid var(--line);padding-top:.6rem}
  .figures dt{font-size:.875rem;color:var(--soft)}
  .figures dd{font-size:1.625rem;line-height:1.25;font-weight:600;font-variant-numeric:tabular-nums}
  .figures .meaning{font-size:.8125rem;line-height:1.4;font-weight:400;color:var(--soft);margin-top:.2rem}
  .scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
  table{border-collapse:collapse;font-variant-numeric:tabular-nums}
  .classes,.suspects,.skipped{width:100%;font-size:.9375rem}
  .classes td,.classes th,.suspects td,.suspects th{padding:.35rem .75rem .35rem 0;text-align:right;font-weight:400;white-space:nowrap}
  thead th{color:var(--soft);font-size:.8125rem}
  tbody tr{border-top:1px solid var(--line)}
  .classes .name,.suspects .name,.skipped .name{text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:6.5rem}
  tbody th.name{font-weight:600!important}
  .averages{margin-bottom:1rem}.averages .soft{font-weight:400!important;min-width:12rem}
  th button{font-weight:inherit;text-align:inherit}th button::after{content:"";display:inline-block;width:.9em}
  th[aria-sort=ascending] button::after{content:"▲"}th[aria-sort=descending] button::after{content:"▼"}
  th button::after{font-size:.7em;text-align:right}
  details{border-top:1px solid var(--line)}summary{cursor:pointer;padding:.4rem 0;overflow-wrap:anywhere}
  .pairs b.wrong{color:rgb(var(--wrong))}
  .pairs summary .soft{margin-left:.75rem;font-size:.875rem}
  .pairs ul{list-style:none;padding:0 0 .75rem 1.1rem;font-size:.875rem;overflow-wrap:anywhere}
  .more>summary,.bins>summary{color:var(--soft);font-size:.875rem}.bins{margin-top:.75rem}
  .classes .limits{font-size:.8125rem;color:var(--soft)}
  dialog{border:1px solid var(--line);border-radius:.75rem;padding:1rem;background:var(--paper);color:var(--ink);max-width:min(92vw,34rem)}
  dialog::backdrop{background:rgb(0 0 0/.6)}dialog form{text-align:right}dialog form button{padding:.25rem .5rem}
  dialog img{display:block;width:30rem;max-width:100%;image-rendering:auto}dialog p span{display:block;overflow-wrap:anywhere}
  .enlarge{display:block;width:100%;cursor:zoom-in}
  .n{color:var(--soft);width:1%}
  .bars{width:22%;min-width:3.5rem;padding-right:0!important}
  .bars i{display:block;height:.5rem;min-width:1px;border-radius:.25rem;background:rgb(var(--right)/.75)}
  .absent{color:var(--soft)}
  .confusion{font-size:.875rem}
  .confusion td,.confusion tbody th{padding:0 .4rem}
  .confusion tbody tr{border:0}
  .confusion tbody th{text-align:right;font-weight:600;position:sticky;left:0;background:var(--paper);
   max-width:11rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
  .confusion thead th{vertical-align:bottom;padding:0 0 .4rem;font-weight:600;color:var(--ink)}
  .confusion thead span{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);max-height:9rem;
   overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
  .confusion .corner{vertical-align:bottom;text-align:right;color:var(--soft);font-size:.75rem;padding-bottom:.4rem;white-space:nowrap}
  .confusion tbody td{height:2.25rem;min-width:2.5rem;text-align:center;border:1px solid var(--paper);border-radius:.25rem}
  td.right{background:rgb(var(--right)/calc(var(--v)*var(--fill)))}td.wrong{background:rgb(var(--wrong)/calc(var(--v)*var(--fill)))}
  td.zero{color:var(--soft);background:var(--wash)}
  .confusion td a{display:block;line-height:2.25rem}
  .map{display:block;width:100%;min-width:40rem;height:auto}
  .map .right{fill:rgb(var(--right))}.map .wrong{fill:rgb(var(--wrong))}
  .map .frame{fill:var(--wash);stroke:var(--line)}
  svg text{fill:var(--soft);font-family:inherit}
  \(ReportPage.lookStyle)
  \(ReportPage.oddStyle)
  \(ReportPage.curveStyle)
  .said::before{content:"✗ "}.was::before{content:"✓ "}.hint .said::before,.hint .was::before{content:none}
  .said{color:rgb(var(--wrong))}.was{color:rgb(var(--right))}
  .path{color:var(--soft);font-size:.75rem;margin-top:.15rem}
  .calibration svg{display:block;width:100%;max-width:26rem}
  .grid path{stroke:var(--line);fill:none}.axis{stroke:var(--soft);fill:none}
  .bar{fill:rgb(var(--right)/.8)}
  .gap{fill:rgb(var(--wrong)/.25);stroke:rgb(var(--wrong));stroke-width:1}
  .ideal{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:5 4;fill:none}
  .counts{fill:var(--soft);opacity:.6}
  .labels{font-size:12px}.labels .what{fill:var(--ink)}
  .curve{display:block;width:100%;max-width:32rem;margin-top:.5rem}.curve path{fill:none;stroke-width:2}
  .curve .axis{stroke-width:1}path.training{stroke:rgb(var(--right))}path.validation{stroke:rgb(var(--wrong))}
  circle.validation{fill:rgb(var(--wrong))}circle.training{fill:rgb(var(--right))}
  .curve .spread{fill:rgb(var(--right)/.15);stroke:none}.curve .tick{font-size:12px}
  .k-line{display:inline-block;width:1.2em;height:.2em;vertical-align:.25em;background:rgb(var(--right))}
  .k-line.validation{background:rgb(var(--wrong))}
  .decisions{margin-bottom:1rem;padding-left:1.1rem;overflow-wrap:anywhere}
  .skipped td,.skipped th{padding:.35rem 1rem .35rem 0;vertical-align:top;text-align:left}
  .provenance dl{font-size:.875rem}
  .provenance dl div{display:grid;grid-template-columns:11rem 1fr;gap:0 1rem;padding:.3rem 0;border-top:1px solid var(--line)}
  .provenance dt{color:var(--soft)}.provenance dd{overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
  @media (max-width:34rem){main{padding-top:1.5rem}.provenance dl div{grid-template-columns:1fr}
   .bars,.classes .limits{display:none}.confusion tbody th{max-width:7rem}.classes td,.classes th{padding-right:.5rem}
   .mistakes{grid-template-columns:1fr 1fr}.mistakes.wide{grid-template-columns:1fr}}
  @media print{:root{--paper:#fff;--ink:#000;--soft:#555;--line:#ccc;--wash:#f5f5f5;--right:31 111 178;
   --wrong:178 62 24;--warn:#8a5a00;--warnwash:#fff6df;--fill:.7}
   *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
   body{font-size:10pt}main{max-width:none;padding:0}section{margin-top:1.75rem}
   .scroll{overflow:visible}.classes td,.suspects td{white-space:normal}.map{min-width:0}h2,h3,.lead{break-after:avoid}
   figure,article,tr,svg,.figures div,.note,.together{break-inside:avoid}nav,dialog,.bins,.more{display:none}
   .confusion tbody th{position:static}}

  """
