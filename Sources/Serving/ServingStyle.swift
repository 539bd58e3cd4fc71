/// The page's style sheet: colours once for light and once for dark.
let servingStyle = """

  :root{--paper:#fff;--ink:#1b1f24;--soft:#5d6670;--line:#d5dae0;--wash:#f5f7f9;--right:31 111 178;--wrong:178 62 24}
  @media (prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e7eaee;--soft:#99a3ae;--line:#2c3239;--wash:#1c2127;
   --right:88 166 232;--wrong:240 128 84}}
  *{box-sizing:border-box}
  html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
  body{margin:0;background:var(--paper);color:var(--ink);
   font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",sans-serif}
  main{max-width:46rem;margin:0 auto;padding:1.5rem 1rem 3rem}
  h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem;letter-spacing:-.01em}
  p{margin:0}
  main{overflow-wrap:anywhere}
  .soft{color:var(--soft);font-size:.875rem}
  .note{margin-top:1rem;padding:.75rem 1rem;border:1px solid var(--line);border-radius:.5rem;background:var(--wash)}
  #drop{margin-top:1.25rem;padding:1.5rem 1rem;text-align:center;border:2px dashed var(--line);border-radius:.75rem;
   background:var(--wash)}
  #drop.over{border-color:rgb(var(--right));background:rgb(var(--right)/.1)}
  .buttons{display:flex;flex-wrap:wrap;gap:.75rem;justify-content:center;margin-top:.75rem}
  .button{position:relative;display:inline-block;padding:.6rem 1.1rem;min-height:2.75rem;border-radius:.5rem;
   background:rgb(var(--right));color:var(--paper);font-weight:600;cursor:pointer}
  .button input{position:absolute;inset:0;width:100%;height:100%;opacity:0;cursor:pointer}
  .button:focus-within{outline:3px solid rgb(var(--right)/.5);outline-offset:2px}
  #status{margin-top:.75rem;min-height:1.3rem}
  #answers{list-style:none;margin:0;padding:0}
  #answers>li{margin-top:1rem;padding:1rem;border:1px solid var(--line);border-radius:.75rem;display:grid;gap:1rem;
   grid-template-columns:minmax(0,1fr)}
  @media (min-width:40rem){#answers>li{grid-template-columns:14rem minmax(0,1fr)}}
  #answers>li.failed{grid-template-columns:minmax(0,1fr)}
  .picture{margin:0}
  .picture img{display:block;max-width:100%;max-height:16rem;margin:0 auto;border-radius:.4rem}
  h2{font-size:1.25rem;line-height:1.3;margin:0}
  .error{color:rgb(var(--wrong));font-weight:600}
  .bars{list-style:none;margin:.5rem 0 0;padding:0}
  .bars button{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 .75rem;width:100%;padding:.3rem 0;border:0;background:none;
   color:inherit;font:inherit;text-align:left;cursor:pointer}
  .bars button:focus-visible{outline:2px solid rgb(var(--right));outline-offset:2px}
  .bars button[aria-pressed=true] .name{font-weight:600}
  .share{font-variant-numeric:tabular-nums}
  .track{grid-column:1/-1;height:.5rem;border-radius:.25rem;background:var(--wash);box-shadow:inset 0 0 0 1px var(--line)}
  .track i{display:block;height:100%;min-width:2px;border-radius:.25rem;background:rgb(var(--right))}
  .look{margin:0;grid-column:1/-1}
  .look img{display:block;width:100%;max-width:28rem;border-radius:.4rem}
  .look figcaption{margin-top:.35rem}
  footer{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--line)}

  """
