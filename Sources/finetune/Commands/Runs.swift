import ArgumentParser
import Foundation
import TransferLearning

struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "Lists runs, the newest first: base, plan, accuracy, date and size.",
    discussion:
      "Looks in DIR and up to \(RunList.depth) folders below. The accuracy is that of the run's report. Folders of trainings that have not ended are told of beside the list."
  )

  @Argument(
    help: ArgumentHelp("Where to look (default: runs).", valueName: "DIR"),
    completion: .directory)
  var folder: String?

  @Flag(help: "Write JSON.")
  var json = false

  /// Folders without runs that are named.
  private static let nameLimit = 5

  func run() throws {
    let start = folder ?? FineTuningJob.customaryFolder
    // That nothing was trained here yet is no error.
    guard folder != nil || FileManager.default.fileExists(atPath: start) else {
      Output.note("there is no folder '\(start)' here; a training makes it")
      return try json ? Output.print(json: RunList()) : ()
    }
    let list = try RunList(below: URL(filePath: start))
    for folder in list.incomplete { Output.warn(folder.sentence) }
    if !list.others.isEmpty {
      let names = list.others.prefix(Self.nameLimit).map { "'\($0)'" }.joined(separator: ", ")
      let more = list.others.count - Self.nameLimit
      Output.warn("no run is in \(names)\(more > 0 ? " and \(more) more" : "")")
    }
    if json { return try Output.print(json: list) }
    guard !list.runs.isEmpty else {
      return Output.note("there is no complete run in '\(start)'")
    }
    try Output.print(Table(list.runs.map(\.cells)).text)
  }
}

extension Table {
  /// Characters of each column of a list of runs, so that it fits a terminal of 80.
  private static let (runWidth, baseWidth, planWidth) = (20, 14, 10)

  fileprivate init(_ runs: [[String]]) {
    let rows = runs.flatMap { cells -> [[String]] in
      let texts = [
        cells[0], cells[1].shortened(to: Self.baseWidth), cells[2].shortened(to: Self.planWidth),
      ]
      return Self.rows(
        named: texts[0], texts.dropFirst() + cells.dropFirst(3), width: Self.runWidth)
    }
    self.init(["run", "base", "plan", "accuracy", "begun", "size"], rows, rightAligned: 3...5)
  }

  /// A row that begins with a name; what is behind a name that is longer than its column stands below it.
  static func rows(
    named name: String, _ cells: some Collection<String>, width: Int
  ) -> [[String]] {
    name.count > width ? [[name], [""] + cells] : [[name] + cells]
  }
}

extension RunSummary {
  /// For a table: run, base, plan, accuracy, day and size.
  fileprivate var cells: [String] {
    [
      path.printable, title, plan.printable, accuracy.map(percent) ?? "–", String(date.prefix(10)),
      bytes.sizeOnDisk,
    ]
  }
}
