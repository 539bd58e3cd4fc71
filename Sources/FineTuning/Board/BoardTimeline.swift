/// Turns events into what TensorBoard shows: values with tags, at places on the axis of steps.
///
/// | Event | Tags |
/// | --- | --- |
/// | `plan` | `plan` (text) |
/// | `head`, `epoch` | `validation/accuracy`, `validation/log_loss` |
/// | `epoch` | `train/accuracy`, `train/epoch_loss` |
/// | `step` | `train/loss`, `rate/<stage>`, `images_per_second`, `phase` |
/// | `gradients` | `gradients/<parameter>` (histograms) |
/// | `views` | `views/<phase>` (image) |
/// | `note` | `notes` (text: all notes so far) |
struct BoardTimeline {
  struct Entry {
    /// On the axis of all phases, from 0.
    var step: Int
    var values: [BoardSummary.Value]
    /// The first step whose earlier values the event replaces where a training goes back; `nil` for one
    /// that says nothing about it.
    var replacesFrom: Int?
  }

  private var steps = GlobalSteps()
  private var phase = 0
  private var names: [Int: String] = [:]
  /// The stages of each phase with the rate of each in terms of the phase's.
  private var rates: [[(tag: String, factor: Double)]] = []
  private var notes: [String] = []

  /// `nil` where there is nothing to show.
  mutating func entry(for event: TrainingEvent) -> Entry? {
    switch event {
    case .plan(let plan):
      begin(plan)
      return Entry(step: 0, values: [.text("plan", "```\n\(plan.description)\n```")])
    case .phase(let start):
      steps.begin(start)
      phase = start.phase
      names[phase] = start.name
      return nil
    case .head(let head):
      let place = steps.start(of: phase)
      return Entry(
        step: place,
        values: Self.scalars([
          ("validation/accuracy", head.validationAccuracy),
          ("validation/log_loss", head.validationLogLoss), ("phase", Double(phase)),
        ]), replacesFrom: place + 1)
    case .step(let step):
      let place = steps.step(step.step, epoch: step.epoch, phase: step.phase)
      return Entry(step: place, values: values(step), replacesFrom: place)
    case .epoch(let epoch):
      let place = steps.end(ofEpoch: epoch.epoch, phase: epoch.phase)
      return Entry(
        step: place,
        values: Self.scalars([
          ("train/accuracy", epoch.trainingAccuracy), ("train/epoch_loss", epoch.trainingLoss),
          ("validation/accuracy", epoch.validationAccuracy),
          ("validation/log_loss", epoch.validationLogLoss),
        ]), replacesFrom: place + 1)
    case .gradients(let gradients):
      let place = steps.step(gradients.step, epoch: gradients.epoch, phase: gradients.phase)
      return Entry(
        step: place,
        values: gradients.parameters.map { .histogram("gradients/\($0.name)", $0.histogram) },
        replacesFrom: place)
    case .views(let views):
      return Entry(
        step: steps.start(of: views.phase), values: [.image("views/\(name(views.phase))", views)])
    case .note(let note):
      add(note)
      return Entry(
        step: steps.furthest, values: [.text("notes", notes.joined(separator: "\n"))])
    case .features, .checkpoint, .done:
      return nil
    }
  }

  /// Takes up an event that is shown already: of many notes, one after the other would make a text of all so far.
  mutating func pass(_ event: TrainingEvent) {
    if case .note(let note) = event { add(note) } else { _ = entry(for: event) }
  }

  private mutating func add(_ note: TrainingEvent.Note) { notes.append("* \(note.message)") }

  private mutating func begin(_ plan: PlanDescription) {
    steps.plan(plan)
    rates = plan.parts.map { part in
      // The head comes last; the rate of a step is its.
      guard let peak = part.stages.last?.learningRate, peak > 0 else { return [] }
      return part.stages.filter { $0.parameters > 0 }.compactMap { stage in
        stage.learningRate.map { ("rate/\(stage.name)", $0 / peak) }
      }
    }
    for (phase, part) in plan.parts.enumerated() { names[phase] = part.name }
  }

  private func name(_ phase: Int) -> String { names[phase] ?? "phase \(phase + 1)" }

  private func values(_ step: TrainingEvent.Step) -> [BoardSummary.Value] {
    let rates = rates.indices.contains(step.phase) ? rates[step.phase] : []
    return Self.scalars(
      [("train/loss", step.loss)]
        + rates.map { ($0.tag, $0.factor * step.learningRate) }
        + [("images_per_second", step.imagesPerSecond), ("phase", Double(step.phase))])
  }

  private static func scalars(_ values: [(tag: String, value: Double?)]) -> [BoardSummary.Value] {
    values.compactMap { tag, value in value.map { .scalar(tag, $0) } }
  }
}
