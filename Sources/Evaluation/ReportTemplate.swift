/// The page, a Mustache template over `ReportPage`.
let reportTemplate = """
  <!doctype html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '{{script.source}}'">
  <title>{{title}}</title>
  <style>{{{style}}}</style>
  </head>
  <body>
  <main>
  {{#verdict}}
  <header>
  {{#alarm}}<p class="note warn">{{alarm}}</p>{{/alarm}}
  <h1><span class="kicker">{{subject}} on <b><bdi>{{split}}</bdi></b></span> <span class="number">{{accuracy}}</span></h1>
  <p class="count">{{count}}</p>
  <div class="ruler" aria-hidden="true">
  <i class="range" style="left:{{lower}}%;width:{{width}}%"></i><i class="chance" style="left:{{majorityAt}}%"></i><i class="point" style="left:{{point}}%"></i>
  </div>
  <p class="scale" aria-hidden="true"><span>0%</span><span>100%</span></p>
  <ul class="key">
  <li><i class="k-range"></i>95% confidence: {{interval}}</li>
  <li><i class="k-chance"></i>always answering the commonest {{commonest}}: {{majority}}</li>
  </ul>
  {{#warning}}<p class="note warn">{{warning}}</p>{{/warning}}
  {{#copies}}<p class="note warn">{{copies}}</p>{{/copies}}
  {{#assurance}}<p class="note">{{assurance}}</p>{{/assurance}}
  </header>
  {{/verdict}}
  <nav aria-label="Contents"><ul>{{#contents}}<li><a href="#{{anchor}}">{{title}}</a></li>{{/contents}}</ul></nav>
  <dl class="figures">
  {{#figures}}
  <div><dt>{{name}}</dt><dd>{{value}}</dd><dd class="meaning">{{meaning}}</dd></div>
  {{/figures}}
  </dl>

  <section id="classes">
  <h2>Classes</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Figures of each class"><table class="classes sortable">
  <thead><tr><th class="n" scope="col">#</th><th class="name" scope="col">Class</th><th scope="col">Photos</th><th scope="col">Precision</th><th scope="col">Recall</th>{{#isMultiLabel}}<th scope="col">AP</th><th scope="col">Threshold</th>{{/isMultiLabel}}{{^isMultiLabel}}<th scope="col">AP</th><th scope="col">ROC area</th>{{/isMultiLabel}}<th scope="col">F1</th><td class="bars"></td>{{^isMultiLabel}}<th scope="col">of F1, 95%</th>{{/isMultiLabel}}</tr></thead>
  <tbody>
  {{#classRows}}
  <tr{{#isAbsent}} class="absent"{{/isAbsent}}><td class="n">{{index}}</td><th class="name" scope="row"><bdi>{{name}}</bdi></th><td>{{support}}</td><td>{{precision}}</td><td>{{recall}}</td>{{#isMultiLabel}}<td>{{averagePrecision}}</td><td>{{threshold}}</td>{{/isMultiLabel}}{{^isMultiLabel}}<td>{{averagePrecision}}</td><td>{{rocArea}}</td>{{/isMultiLabel}}<td>{{f1}}</td><td class="bars"><i style="width:{{f1Bar}}%"></i></td>{{^isMultiLabel}}<td class="limits">{{f1Interval}}</td>{{/isMultiLabel}}</tr>
  {{/classRows}}
  </tbody>
  </table></div>
  <p class="hint">Precision: how often the class is right when it is said. Recall: how many photos of the class are found. F1, also drawn: the harmonic mean of both. AP: the average precision over all thresholds.{{^isMultiLabel}} ROC area: how often a photo of the class is given a higher probability of it than another photo.{{/isMultiLabel}}</p>
  {{#thresholdNote}}<p class="hint">{{thresholdNote}}</p>{{/thresholdNote}}
  </section>

  {{#averages}}
  <section id="averages">
  <h2>Averages</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Averages over the classes"><table class="classes averages">
  <thead><tr><th class="name" scope="col">Averaged over</th><th scope="col">Precision</th><th scope="col">Recall</th><th scope="col">F1</th></tr></thead>
  <tbody>
  {{#rows}}
  <tr><th class="name" scope="row">{{name}}</th><td>{{precision}}</td><td>{{recall}}</td><td>{{f1}}</td></tr>
  {{/rows}}
  </tbody>
  </table></div>
  <div class="scroll" tabindex="0" role="region" aria-label="Figures of the whole"><table class="classes averages">
  <thead><tr><th class="name" scope="col">Figure</th><th scope="col">Value</th><th scope="col">95% interval</th><td class="name"></td></tr></thead>
  <tbody>
  {{#figures}}
  <tr><th class="name" scope="row">{{name}}</th><td>{{value}}</td><td>{{interval}}</td><td class="name soft">{{meaning}}</td></tr>
  {{/figures}}
  </tbody>
  </table></div>
  <p class="hint">Intervals: where the figure lies in 95 of 100 samples drawn from these photos. They do not know of photos of another kind.</p>
  </section>
  {{/averages}}

  \(ReportPage.foldTemplate)
  \(ReportPage.curveTemplate)

  {{#hasPairs}}
  <section id="pairs">
  <h2>Mistakes by class</h2>
  <p class="lead">{{pairNote}}</p>
  <div class="pairs">
  {{#pairs}}\(pairTemplate){{/pairs}}
  </div>
  {{#hasMorePairs}}<details class="more"><summary>{{morePairsTitle}}</summary><div class="pairs">{{#morePairs}}\(pairTemplate){{/morePairs}}</div></details>{{/hasMorePairs}}
  </section>
  {{/hasPairs}}

  {{#confusion}}
  <section id="confusion">
  <h2>Confusion matrix</h2>
  {{^map}}
  <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion">
  <thead><tr><td class="corner">true ↓&ensp;predicted →</td>{{#heads}}<th scope="col"><span><bdi>{{.}}</bdi></span></th>{{/heads}}</tr></thead>
  <tbody>
  {{#table}}
  <tr><th scope="row"><bdi>{{name}}</bdi></th>{{#cells}}<td class="{{kind}}" style="--v:{{shade}}">{{#anchor}}<a href="#{{anchor}}">{{count}}</a>{{/anchor}}{{^anchor}}{{count}}{{/anchor}}</td>{{/cells}}</tr>
  {{/table}}
  </tbody>
  </table></div>
  {{/map}}
  {{#map}}
  <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><svg class="map" viewBox="{{viewBox}}" role="img" aria-label="Confusion matrix: rows are true classes, columns predicted ones">
  <rect class="frame" width="{{size}}" height="{{size}}" stroke-width="{{frame}}"/>
  {{#cells}}<rect class="{{kind}}" x="{{x}}" y="{{y}}" width="1" height="1" fill-opacity="{{shade}}"><title>{{title}}</title></rect>
  {{/cells}}<g font-size="{{fontSize}}">
  {{#ticks}}<text x="-0.4" y="{{at}}" text-anchor="end" dominant-baseline="central">{{name}}</text><text transform="translate({{at}} -0.4) rotate(-90)" dominant-baseline="central">{{name}}</text>
  {{/ticks}}</g>
  </svg></div>
  {{/map}}
  <p class="hint">Rows are true classes, columns predicted ones, shaded by share of the row.{{#map}} A pointer over a square names it; all that is off the diagonal stands in words above.{{/map}}{{^map}} A count of mistakes leads to their photos.{{/map}}</p>
  </section>
  {{/confusion}}

  <section id="mistakes">
  <h2>Worst mistakes</h2>
  <p class="lead">{{mistakeNote}}</p>
  <div class="mistakes{{#hasLooks}} wide{{/hasLooks}}">
  {{#mistakes}}\(ReportPage.mistakeTemplate){{/mistakes}}
  </div>
  {{#hasMistakes}}<p class="hint"><span class="said">✗</span> what it said, <span class="was">✓</span> what it is, {{^isMultiLabel}}each with the probability given to it{{/isMultiLabel}}{{#isMultiLabel}}with the probabilities of what was wrongly said and of what was missed{{/isMultiLabel}}.</p>{{/hasMistakes}}
  {{#lookNotes}}<p class="hint">{{.}}</p>{{/lookNotes}}
  </section>

  {{#suspects}}
  <section id="labels">
  <h2>Labels to look at</h2>
  <p class="lead">{{sentence}}</p>
  {{#hasCards}}<div class="suspectcards">{{#cards}}\(ReportPage.suspectTemplate){{/cards}}</div>{{/hasCards}}
  {{#hasRows}}
  <div class="scroll" tabindex="0" role="region" aria-label="Labels to look at"><table class="suspects">
  <thead><tr><th class="name" scope="col">Photo</th><th class="name" scope="col">Label</th><th scope="col">Probability</th><th class="name" scope="col">Might be</th><th scope="col">Probability</th></tr></thead>
  <tbody>
  {{#rows}}
  <tr><th class="name" scope="row"><bdi>{{path}}</bdi></th><td class="name"><bdi>{{label}}</bdi></td><td>{{probabilityOfLabel}}</td><td class="name"><bdi>{{suggested}}</bdi></td><td>{{probabilityOfSuggested}}</td></tr>
  {{/rows}}
  </tbody>
  </table></div>
  {{/hasRows}}
  <p class="hint">A suspect is given another class more confidently than that of its label, or at least as confidently as photos of that class usually are; first come those where the difference is largest. The classifier's own mistakes look the same: only eyes can tell.</p>
  <p class="hint">{{expectation}}</p>
  </section>
  {{/suspects}}

  \(ReportPage.oddTemplate)

  {{#slices}}
  <section id="slices">
  <h2>Kinds of photos</h2>
  {{#alarms}}<p class="note warn">{{.}}</p>{{/alarms}}
  {{#hasRows}}
  <div class="scroll" tabindex="0" role="region" aria-label="Kinds of photos"><table class="classes averages">
  <thead><tr><th class="name" scope="col">Photos</th><th scope="col">How many</th><th scope="col">Right</th><th scope="col">95% confidence</th><th scope="col">all others</th><th scope="col">Verdict</th><td class="name"></td></tr></thead>
  <tbody>
  {{#rows}}
  <tr><th class="name" scope="row">{{name}}</th><td>{{images}}</td><td>{{accuracy}}</td><td>{{interval}}</td><td>{{others}}</td><td>{{verdict}}</td><td class="name soft">{{meaning}}</td></tr>
  {{/rows}}
  </tbody>
  </table></div>
  <p class="hint">Worse: the 95% intervals of these and of all other photos do not overlap.</p>
  {{/hasRows}}
  </section>
  {{/slices}}

  {{#study}}\(studyTemplate){{/study}}

  {{#trust}}
  <section id="trust">
  <h2>Leaving out what is unsure</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Answered photos"><table class="classes averages">
  <thead><tr><th class="name" scope="col">Right answers wanted</th><th scope="col">Answered</th><th scope="col">Right of them</th><th scope="col">From probability</th></tr></thead>
  <tbody>
  {{#answered}}
  <tr><th class="name" scope="row">{{wanted}}</th><td>{{coverage}}</td><td>{{precision}}</td><td>{{threshold}}</td></tr>
  {{/answered}}
  </tbody>
  </table></div>
  {{#hasSets}}
  <h3>Sets of classes</h3>
  <div class="scroll" tabindex="0" role="region" aria-label="Sets of classes"><table class="classes averages">
  <thead><tr><th class="name" scope="col">To hold the true class</th><th scope="col">Did</th><th scope="col">95% confidence</th><th scope="col">Classes in a set</th><th scope="col">Sets of one</th></tr></thead>
  <tbody>
  {{#sets}}
  <tr><th class="name" scope="row">{{promised}}</th><td>{{coverage}}</td><td>{{interval}}</td><td>{{meanSize}}</td><td>{{singles}}</td></tr>
  {{/sets}}
  </tbody>
  </table></div>
  {{/hasSets}}
  <p class="hint">Limits for each fifth of the photos are chosen by the other four.{{#hasSets}} A set has all classes that cannot be ruled out (conformal prediction); the promise holds for photos of the same kind as these.{{/hasSets}}</p>
  </section>
  {{/trust}}

  {{#calibration}}
  <section class="calibration" id="calibration">
  <div class="together">
  <h2>Calibration</h2>
  <p class="lead">{{sentence}}</p>
  <svg viewBox="-46 -10 368 436" role="img" aria-label="{{title}}">
  <g class="grid"><path d="M0 0H300M0 75H300M0 150H300M0 225H300M0 300H300"/></g>
  {{#bars}}<g><rect class="bar" x="{{x}}" y="{{y}}" width="{{width}}" height="{{height}}"/><rect class="gap" x="{{x}}" y="{{gapY}}" width="{{width}}" height="{{gapHeight}}"/><title>{{label}}</title></g>
  {{/bars}}<path class="ideal" d="M0 300L300 0"/>
  {{#counts}}<rect class="counts" x="{{x}}" y="{{y}}" width="{{width}}" height="{{height}}"/>
  {{/counts}}<path class="axis" d="M0 300H300M0 400H300"/>
  <g class="labels"><text x="-8" y="4" text-anchor="end">100%</text><text x="-8" y="154" text-anchor="end">50%</text><text x="-8" y="304" text-anchor="end">0%</text>
  <text x="0" y="318" text-anchor="middle">0%</text><text x="150" y="318" text-anchor="middle">50%</text><text x="300" y="318" text-anchor="middle">100%</text>
  <text class="what" x="6" y="14">{{outcome}}</text><text class="what" x="150" y="336" text-anchor="middle">{{confidence}}</text><text class="what" x="150" y="418" text-anchor="middle">share of the {{cases}}</text></g>
  </svg>
  </div>
  <details class="bins"><summary>The bins as a table</summary>
  <div class="scroll" tabindex="0" role="region" aria-label="Bins of the calibration"><table class="classes averages">
  <thead><tr><th class="name" scope="col">{{confidence}}</th><th scope="col">{{cases}}</th><th scope="col">mean {{confidence}}</th><th scope="col">{{outcome}}</th></tr></thead>
  <tbody>
  {{#bins}}
  <tr><th class="name" scope="row">{{range}}</th><td>{{count}}</td><td>{{confidence}}</td><td>{{accuracy}}</td></tr>
  {{/bins}}
  </tbody>
  </table></div></details>
  <p class="hint">A calibrated classifier's bars end on the dashed line; the outlined part is the gap.</p>
  </section>
  {{/calibration}}

  {{#hasSkipped}}
  <section id="skipped">
  <h2>{{skippedTitle}}</h2>
  <p class="lead">Not part of any figure above.</p>
  <div class="scroll" tabindex="0" role="region" aria-label="Files left out"><table class="skipped"><tbody>
  {{#skipped}}<tr><th class="name" scope="row"><bdi>{{path}}</bdi></th><td class="name"><bdi>{{reason}}</bdi></td></tr>
  {{/skipped}}
  </tbody></table></div>
  </section>
  {{/hasSkipped}}

  {{#bases}}
  <section id="bases">
  <h2>Choice of the base</h2>
  <p class="lead">{{sentence}}</p>
  <div class="scroll" tabindex="0" role="region" aria-label="Bases that were compared"><table class="classes">
  <thead><tr><th class="name" scope="col">Base</th><th scope="col">Pixels</th><th scope="col">Weights</th><th scope="col">A photo takes</th><th scope="col">Photos</th><th scope="col">Right</th><th scope="col">95% confidence</th><th scope="col">Verdict</th></tr></thead>
  <tbody>
  {{#rows}}
  <tr><th class="name" scope="row"><bdi>{{name}}</bdi></th><td>{{pixels}}</td><td>{{weights}}</td><td>{{time}}</td><td>{{photos}}</td><td>{{accuracy}}</td><td>{{interval}}</td><td>{{verdict}}</td></tr>
  {{/rows}}
  </tbody>
  </table></div>
  {{#reasons}}<p class="hint">{{.}}</p>{{/reasons}}
  <p class="hint">Of photos to train on, by heads on each base's features that had not seen them; a base is worse where its log loss is, photo by photo, by more than chance.</p>
  </section>
  {{/bases}}

  {{#story}}
  <section class="provenance" id="story">
  <h2>How it was trained</h2>
  {{#phases}}
  <div class="together">
  <h3><bdi>{{name}}</bdi></h3>
  <p>{{sentence}}</p>
  {{#curve}}
  <svg class="curve" viewBox="-34 -10 446 184" role="img" aria-label="{{label}}">
  <path class="axis" d="M0 0V150H400"/>
  {{#training}}<path class="training" d="{{training}}"/>{{/training}}{{#validation}}<path class="validation" d="{{validation}}"/>{{/validation}}
  {{#dots}}<circle class="validation" cx="{{x}}" cy="{{y}}" r="3"><title>{{title}}</title></circle>{{/dots}}
  <g class="labels"><text x="-6" y="4" text-anchor="end">{{highest}}</text><text x="-6" y="154" text-anchor="end">0</text><text x="0" y="168" text-anchor="middle">0</text><text x="400" y="168" text-anchor="middle">{{epochs}}</text><text class="what" x="200" y="168" text-anchor="middle">epochs</text></g>
  </svg>
  <p class="hint"><span class="k-line training"></span> loss of the training's views&ensp;<span class="k-line validation"></span> log loss of the validation photos</p>
  {{/curve}}
  </div>
  {{/phases}}
  {{#hasDecisions}}
  <h3>What was decided and remarked</h3>
  <ul class="decisions">{{#decisions}}<li>{{.}}</li>{{/decisions}}</ul>
  {{/hasDecisions}}
  <dl>
  {{#facts}}<div><dt>{{name}}</dt><dd><bdi>{{value}}</bdi></dd></div>
  {{/facts}}
  </dl>
  </section>
  {{/story}}

  <section class="provenance" id="provenance">
  <h2>Provenance</h2>
  <dl>
  {{#facts}}<div><dt>{{name}}</dt><dd><bdi>{{value}}</bdi></dd></div>
  {{/facts}}
  </dl>
  </section>
  </main>
  <dialog aria-label="Photo"><form method="dialog"><button aria-label="Close">✕</button></form><div></div><p></p></dialog>
  <script>{{{script.text}}}</script>
  </body>
  </html>

  """

/// A pair of classes and the photos of it, in `reportTemplate`.
let pairTemplate = """
  <details id="{{anchor}}"><summary><bdi><b>{{truth}}</b></bdi> taken for <bdi><b class="wrong">{{predicted}}</b></bdi><span class="soft">{{count}}, {{share}} of the class</span></summary>
  <ul>{{#photos}}<li><bdi>{{path}}</bdi> <span class="soft">{{confidence}}</span></li>{{/photos}}</ul></details>

  """
