/// The page, a Mustache template over `ReportPage`.
let reportTemplate = """
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
  <main>
  {{#verdict}}
  <header>
  {{#alarm}}<p class="note warn">{{alarm}}</p>{{/alarm}}
  <p class="kicker">{{subject}} on <b>{{split}}</b></p>
  <h1>{{accuracy}}</h1>
  <p class="count">{{count}}</p>
  <div class="ruler">
  <i class="range" style="left:{{lower}}%;width:{{width}}%"></i><i class="chance" style="left:{{majorityAt}}%"></i><i class="point" style="left:{{point}}%"></i>
  </div>
  <p class="scale"><span>0%</span><span>100%</span></p>
  <ul class="key">
  <li><i class="k-range"></i>95% confidence: {{interval}}</li>
  <li><i class="k-chance"></i>always answering the commonest {{commonest}}: {{majority}}</li>
  </ul>
  {{#warning}}<p class="note warn">{{warning}}</p>{{/warning}}
  {{#assurance}}<p class="note">{{assurance}}</p>{{/assurance}}
  </header>
  {{/verdict}}
  <dl class="figures">
  {{#figures}}
  <div><dt>{{name}}</dt><dd>{{value}}</dd><dd class="meaning">{{meaning}}</dd></div>
  {{/figures}}
  </dl>

  <section>
  <h2>Classes</h2>
  <div class="scroll"><table class="classes">
  <thead><tr><th class="n"></th><th class="name">Class</th><th>Photos</th><th>Precision</th><th>Recall</th><th>F1</th>{{#isMultiLabel}}<th>AP</th><th>Threshold</th>{{/isMultiLabel}}<th class="bars"></th></tr></thead>
  <tbody>
  {{#classRows}}
  <tr{{#isAbsent}} class="absent"{{/isAbsent}}><td class="n">{{index}}</td><th class="name" scope="row">{{name}}</th><td>{{support}}</td><td>{{precision}}</td><td>{{recall}}</td><td>{{f1}}</td>{{#averagePrecision}}<td>{{averagePrecision}}</td>{{/averagePrecision}}{{#threshold}}<td>{{threshold}}</td>{{/threshold}}<td class="bars"><i style="width:{{recallBar}}%"></i></td></tr>
  {{/classRows}}
  </tbody>
  </table></div>
  <p class="hint">Precision: how often the class is right when it is said. Recall, also drawn: how many photos of the class are found.</p>
  {{#thresholdNote}}<p class="hint">{{thresholdNote}}</p>{{/thresholdNote}}
  </section>

  {{#confusion}}
  <section>
  <h2>Confusion matrix</h2>
  {{^map}}
  <div class="scroll"><table class="confusion">
  <thead><tr><td class="corner">true ↓&ensp;predicted →</td>{{#heads}}<th scope="col"><span>{{.}}</span></th>{{/heads}}</tr></thead>
  <tbody>
  {{#table}}
  <tr><th scope="row">{{name}}</th>{{#cells}}<td class="{{kind}}" style="--v:{{shade}}">{{count}}</td>{{/cells}}</tr>
  {{/table}}
  </tbody>
  </table></div>
  {{/map}}
  {{#map}}
  <svg class="map" viewBox="-6 -6 {{size}} {{size}}" role="img" style="--n:{{size}}">
  <title>Confusion matrix: rows are true classes, columns predicted ones</title>
  <g font-size="{{tickSize}}">
  {{#ticks}}<text x="{{at}}" y="-0.8" text-anchor="middle">{{label}}</text><text x="-0.8" y="{{at}}" text-anchor="end" dominant-baseline="central">{{label}}</text>
  {{/ticks}}</g>
  <rect class="frame" width="{{size}}" height="{{size}}"/>
  {{#cells}}<rect class="{{kind}}" x="{{x}}" y="{{y}}" width="1" height="1" fill-opacity="{{shade}}"><title>{{truth}} → {{predicted}}: {{count}}</title></rect>
  {{/cells}}</svg>
  {{/map}}
  <p class="hint">Rows are true classes, columns predicted ones, shaded by share of the row.{{#map}} Numbers are those of the table above; a pointer over a square names it.{{/map}}</p>
  </section>
  {{/confusion}}
  {{#hasPairs}}
  <section>
  <h2>Most confused</h2>
  <div class="scroll"><table class="pairs">
  <thead><tr><th class="name">True class</th><th class="name">Taken for</th><th>Photos</th><th>Of the class</th></tr></thead>
  <tbody>
  {{#pairs}}
  <tr><th class="name" scope="row">{{truth}}</th><td class="name">{{predicted}}</td><td>{{count}}</td><td>{{share}}</td></tr>
  {{/pairs}}
  </tbody>
  </table></div>
  </section>
  {{/hasPairs}}

  <section>
  <h2>Worst mistakes</h2>
  <p class="lead">{{mistakeNote}}</p>
  <div class="mistakes">
  {{#mistakes}}
  <figure>
  {{#thumbnail}}<img alt="" src="data:image/jpeg;base64,{{thumbnail}}">{{/thumbnail}}{{^thumbnail}}<div class="blank">no picture</div>{{/thumbnail}}
  <figcaption><span class="said"><b>{{predicted}}</b> {{confidence}}</span><span class="was"><b>{{truth}}</b> {{probabilityOfTruth}}</span><span class="path">{{path}}</span></figcaption>
  </figure>
  {{/mistakes}}
  </div>
  {{#hasMistakes}}<p class="hint"><span class="said">✗</span> what it said, <span class="was">✓</span> what it is, {{^isMultiLabel}}each with the probability given to it{{/isMultiLabel}}{{#isMultiLabel}}with the probabilities of what was wrongly said and of what was missed{{/isMultiLabel}}.</p>{{/hasMistakes}}
  </section>

  {{#calibration}}
  <section class="calibration">
  <h2>Calibration</h2>
  <p class="lead">{{sentence}}</p>
  <svg viewBox="-46 -10 368 436" role="img">
  <title>{{title}}</title>
  <g class="grid"><path d="M0 0H300M0 75H300M0 150H300M0 225H300M0 300H300"/></g>
  {{#bars}}<g><rect class="bar" x="{{x}}" y="{{y}}" width="{{width}}" height="{{height}}"/><rect class="gap" x="{{x}}" y="{{gapY}}" width="{{width}}" height="{{gapHeight}}"/><title>{{label}}</title></g>
  {{/bars}}<path class="ideal" d="M0 300L300 0"/>
  {{#counts}}<rect class="counts" x="{{x}}" y="{{y}}" width="{{width}}" height="{{height}}"/>
  {{/counts}}<path class="axis" d="M0 300H300M0 400H300"/>
  <g class="labels"><text x="-8" y="4" text-anchor="end">100%</text><text x="-8" y="154" text-anchor="end">50%</text><text x="-8" y="304" text-anchor="end">0%</text>
  <text x="0" y="318" text-anchor="middle">0%</text><text x="150" y="318" text-anchor="middle">50%</text><text x="300" y="318" text-anchor="middle">100%</text>
  <text class="what" x="6" y="14">{{outcome}}</text><text class="what" x="150" y="336" text-anchor="middle">{{confidence}}</text><text class="what" x="150" y="418" text-anchor="middle">share of the {{cases}}</text></g>
  </svg>
  <p class="hint">A calibrated classifier's bars end on the dashed line; the outlined part is the gap.</p>
  </section>
  {{/calibration}}

  {{#hasSkipped}}
  <section>
  <h2>{{skippedTitle}}</h2>
  <p class="lead">Not part of any figure above.</p>
  <div class="scroll"><table class="skipped"><tbody>
  {{#skipped}}<tr><th class="name" scope="row">{{path}}</th><td class="name">{{reason}}</td></tr>
  {{/skipped}}
  </tbody></table></div>
  </section>
  {{/hasSkipped}}

  {{#bases}}
  <section>
  <h2>Choice of the base</h2>
  <p class="lead">{{sentence}}</p>
  <div class="scroll"><table class="classes">
  <thead><tr><th class="name">Base</th><th>Pixels</th><th>Weights</th><th>A photo takes</th><th>Photos</th><th>Right</th><th>95% confidence</th><th>Verdict</th></tr></thead>
  <tbody>
  {{#rows}}
  <tr><th class="name" scope="row">{{name}}</th><td>{{pixels}}</td><td>{{weights}}</td><td>{{time}}</td><td>{{photos}}</td><td>{{accuracy}}</td><td>{{interval}}</td><td>{{verdict}}</td></tr>
  {{/rows}}
  </tbody>
  </table></div>
  {{#reasons}}<p class="hint">{{.}}</p>{{/reasons}}
  <p class="hint">Of photos to train on, by heads on each base's features that had not seen them; a base is worse where its log loss is, photo by photo, by more than chance.</p>
  </section>
  {{/bases}}

  <section class="provenance">
  <h2>Provenance</h2>
  <dl>
  {{#facts}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>
  {{/facts}}
  </dl>
  </section>
  </main>
  </body>
  </html>

  """
