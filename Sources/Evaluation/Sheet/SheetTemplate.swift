/// The contact sheet, a Mustache template over `SheetPage`.
let sheetTemplate = """
  <!doctype html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
  <title>{{title}}</title>
  <style>{{{style}}}</style>
  </head>
  <body>
  <main class="sheet">
  <header>
  <p class="kicker">{{kicker}} <b>{{title}}</b></p>
  <h1>{{headline}}</h1>
  <p class="count">{{summary}}</p>
  {{#warning}}<p class="note warn">{{warning}}</p>{{/warning}}
  </header>
  <dl class="figures">
  {{#figures}}
  <div><dt>{{name}}</dt><dd>{{value}}</dd><dd class="meaning">{{meaning}}</dd></div>
  {{/figures}}
  </dl>

  <section>
  <h2>Classes</h2>
  <div class="scroll"><table class="classes">
  <thead><tr><th class="name">Class</th>{{#splitNames}}<th>{{.}}</th>{{/splitNames}}<th>Photos</th><th class="bars"></th></tr></thead>
  <tbody>
  {{#classes}}
  <tr><th class="name" scope="row">{{name}}</th>{{#parts}}<td>{{.}}</td>{{/parts}}<td>{{value}}</td><td class="bars"><i style="width:{{width}}%"></i></td></tr>
  {{/classes}}
  </tbody>
  </table></div>
  </section>

  {{#hasSizes}}
  <section>
  <h2>{{sizeTitle}}</h2>
  <p class="lead">{{sizeNote}}</p>
  <div class="scroll"><table class="classes">
  <thead><tr><th class="name">{{sizeName}}</th><th>Photos</th><th class="bars"></th></tr></thead>
  <tbody>
  {{#sizes}}
  <tr><th class="name" scope="row">{{name}}</th><td>{{value}}</td><td class="bars"><i style="width:{{width}}%"></i></td></tr>
  {{/sizes}}
  </tbody>
  </table></div>
  </section>
  {{/hasSizes}}

  {{#hasFindings}}
  <section>
  <h2>Findings</h2>
  {{#findings}}
  <div class="finding">
  <h3>{{#isLoss}}<i class="tag loss">left out</i>{{/isLoss}}{{title}}</h3>
  <p class="hint">{{meaning}}</p>
  {{#hasPictures}}<div class="tiles">
  {{#pictures}}
  <figure>{{#data}}<img alt="" loading="lazy" src="data:image/jpeg;base64,{{data}}">{{/data}}{{^data}}<div class="blank">no picture</div>{{/data}}<figcaption>{{#caption}}<span>{{caption}}</span>{{/caption}}<span class="path">{{path}}</span></figcaption></figure>
  {{/pictures}}
  </div>{{/hasPictures}}
  <ul class="lines">
  {{#lines}}<li><b>{{path}}</b> <span>{{detail}}</span></li>
  {{/lines}}{{#more}}<li class="more">{{more}}</li>{{/more}}
  </ul>
  </div>
  {{/findings}}
  </section>
  {{/hasFindings}}

  {{#hasDuplicates}}
  <section>
  <h2>Duplicates</h2>
  <p class="lead">{{duplicateNote}}</p>
  <div class="groups">
  {{#duplicates}}
  <div class="finding">
  <h3>{{title}} <small>{{detail}}</small></h3>
  <div class="tiles">
  {{#pictures}}
  <figure>{{#data}}<img alt="" loading="lazy" src="data:image/jpeg;base64,{{data}}">{{/data}}{{^data}}<div class="blank">no picture</div>{{/data}}<figcaption>{{#caption}}<span>{{caption}}</span>{{/caption}}<span class="path">{{path}}</span></figcaption></figure>
  {{/pictures}}
  </div>
  </div>
  {{/duplicates}}
  </div>
  </section>
  {{/hasDuplicates}}

  {{#hasViews}}
  <section>
  <h2>What the network sees</h2>
  <p class="lead">{{viewNote}}</p>
  {{#views}}
  <div class="views">
  {{#photo}}<figure class="whole">{{#data}}<img alt="" loading="lazy" src="data:image/jpeg;base64,{{data}}">{{/data}}<figcaption>{{#caption}}<span>{{caption}}</span>{{/caption}}<span class="path">{{path}}</span></figcaption></figure>{{/photo}}
  <div class="strip">{{#views}}<img alt="" loading="lazy" src="data:image/jpeg;base64,{{.}}">{{/views}}</div>
  </div>
  {{/views}}
  </section>
  {{/hasViews}}

  {{#hasPhotos}}
  <section>
  <h2>Photos</h2>
  <p class="lead">{{photoNote}}</p>
  {{#photos}}
  <div class="finding">
  <h3>{{title}} <small>{{detail}}</small></h3>
  <div class="tiles small">
  {{#pictures}}
  <figure>{{#data}}<img alt="" loading="lazy" src="data:image/jpeg;base64,{{data}}">{{/data}}{{^data}}<div class="blank">no picture</div>{{/data}}<figcaption>{{#marks}}<i class="tag">{{.}}</i>{{/marks}}{{#caption}}<span>{{caption}}</span>{{/caption}}<span class="path">{{path}}</span></figcaption></figure>
  {{/pictures}}
  </div>
  </div>
  {{/photos}}
  </section>
  {{/hasPhotos}}

  <section class="provenance">
  <h2>How this page was made</h2>
  <dl>
  {{#facts}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>
  {{/facts}}
  </dl>
  </section>
  </main>
  </body>
  </html>

  """

/// What the sheet adds to the report's style.
let sheetStyle = """

  .sheet{max-width:72rem}
  h3{font-size:1rem;line-height:1.4;margin:0;font-weight:600;overflow-wrap:anywhere}
  h3 small{color:var(--soft);font-weight:400;font-size:.875rem}
  .finding{padding:1.25rem 0;border-top:1px solid var(--line)}
  .finding .hint{margin:.15rem 0 0}
  .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1.25rem 1rem;margin-top:1rem}
  .tiles.small{grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr));gap:1rem .75rem}
  .groups{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:0 2rem}
  .groups .tiles{grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr))}
  .tiles img,.tiles .blank{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--wash);border-radius:.375rem}
  .tiles .blank{display:grid;place-items:center}
  .tiles figcaption{font-size:.75rem;margin-top:.35rem}
  .tag{display:inline-block;font-style:normal;font-size:.6875rem;font-weight:600;line-height:1.5;border-radius:.25rem;
   padding:0 .4em;margin:0 .35em .15rem 0;background:var(--warnwash);color:var(--warn);box-shadow:inset 0 0 0 1px currentColor}
  .loss{background:rgb(var(--wrong)/.12);color:rgb(var(--wrong));vertical-align:.12em}
  .lines{list-style:none;margin-top:.5rem;font-size:.875rem}
  .lines li{padding:.15rem 0;overflow-wrap:anywhere}
  .lines b{font-weight:600;margin-right:.5em}.lines span,.lines .more{color:var(--soft)}
  .lines:empty{display:none}
  .views{display:grid;grid-template-columns:10rem 1fr;gap:0 1.25rem;padding:1rem 0;border-top:1px solid var(--line);align-items:start}
  .whole img{display:block;width:100%;max-height:10rem;object-fit:contain;object-position:left top;border-radius:.375rem}
  .whole figcaption{font-size:.75rem;margin-top:.35rem}
  .strip{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.5rem,1fr));gap:.5rem}
  .strip img{display:block;width:100%;border-radius:.25rem}
  .strip img:first-child{box-shadow:0 0 0 3px rgb(var(--right))}
  @media (max-width:34rem){.views{grid-template-columns:1fr}.whole{margin-bottom:.75rem}
   .tiles{grid-template-columns:1fr 1fr}.tiles.small{grid-template-columns:repeat(3,1fr)}}
  @media print{.finding figure,.views{break-inside:avoid}}

  """
