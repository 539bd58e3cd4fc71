import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Inspect: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Looks through a folder of photos: what training would use, and what is wrong.",
    usage:
      "finetune inspect --data DIR|LIST.csv [--sheet FILE.html] [options]",
    discussion:
      "Reads every file once and trains nothing. What it finds are findings, not errors, unless --strict is given. It never writes into the folder of the photos; what it has read is remembered in $FINETUNE_CACHE or ~/.cache/finetune."
  )

  @Option(
    help: ArgumentHelp("The photos, as for training.", valueName: "DIR|LIST.csv"),
    completion: .file(extensions: ["csv", "tsv"]))
  var data: String

  @Flag(help: "Write JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write a page of small pictures: findings, duplicates and photos of each class.",
      valueName: "FILE.html"),
    completion: .file(extensions: ["html"]))
  var sheet: String?

  @Option(
    help: ArgumentHelp(
      "On the sheet, show photos beside the views that training with this would draw.",
      valueName: "none|light|standard|strong|alexnet"))
  var augment: Augmentation?

  @Option(
    help: ArgumentHelp(
      "The network whose training time is estimated and whose view is shown.", valueName: "NAME"),
    completion: Candidates.bases)
  var base = "mobilenetv2"

  @OptionGroup var variant: VariantOptions

  @Flag(help: "Make any problem an error, as for training.")
  var strict = false

  @Flag(help: "With --strict: a class without a training photo is no problem.")
  var allowEmptyClasses = false

  @Option(help: ArgumentHelp("Another seed gives other views.", valueName: "N"))
  var seed: UInt64 = 0

  @OptionGroup var photos: PhotoOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var told: VolumeOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    if augment != nil, sheet == nil {
      throw ValidationError("--augment shows views on a page: name one with --sheet FILE.html")
    }
    if allowEmptyClasses, !strict {
      throw ValidationError(
        "--allow-empty-classes goes with --strict; without it no finding is an error")
    }
  }

  func run() throws {
    let page = sheet.map { URL(filePath: $0) }
    if let page {
      try OutputCheck.requireOutside(file: page, data: data)
      try OutputCheck.requireCreatable(file: page)
    }
    var job = FineTuningJob(base: variant.selection(base), data: data)
    job.resize = try job.base.view(photos.resize)
    job.backend = machine.backend
    job.maximumPixels = photos.maxPixels
    job.seed = seed
    let model = try job.base.model(.features)
    let pool = machine.pool
    let scan = Counter("photo")
    Output.tell(job.backend, on: pool)
    let found = try Output.timed("reading the photos") {
      try job.scan(isInspection: true, pool: pool) { scan.show($0, of: $1) }
    }
    if let page { try OutputCheck.requireOutside(file: page, photos: found) }
    var inspection = DataInspection(found, data: data)
    do {
      inspection.estimate = try Output.timed("measuring steps of a training") {
        try TrainingEstimate.measure(found, job: job, pool: pool)
      }
    } catch let error as BackendError {
      // What is wrong with the photos is told nevertheless.
      Output.warn("what a training would take is not measured: \(error.sentence)")
    }
    if let page {
      var maker = InspectionSheet(found, inspection)
      maker.resize = job.resize ?? .crop
      maker.size = model.imageSize
      maker.augmentation = augment
      maker.seed = seed
      maker.remedies = { $0.options }
      maker.maximumPixels = photos.maxPixels
      let counter = Counter("picture")
      try maker.make(pool: pool) { counter.show($0, of: $1) }.write(to: page)
    }
    for note in inspection.notes { Output.warn(note) }
    if json {
      try Output.print(json: inspection)
    } else {
      try Output.print(inspection.text(\.options))
      if let sheet { try Output.print("sheet: \(sheet)") }
    }
    if strict {
      try inspection.problems.requireNone(in: data, allowsEmptyClasses: allowEmptyClasses)
    }
  }
}
