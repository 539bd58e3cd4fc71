import ArgumentParser
import Foundation
import TransferLearning

struct Report: ParsableCommand, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Makes a run's report again from its saved predictions.",
    usage: "finetune report RUN [--output FILE.html|FILE.md]",
    discussion:
      "Writes report.html and report.json of the run anew, or one file elsewhere; the network runs for the pictures beside mistakes alone. Small pictures are of photos that are still where they were. A summary in Markdown is for where continuous integration shows results: cat report.md >> $GITHUB_STEP_SUMMARY"
  )

  @Argument(
    help: ArgumentHelp("The folder that training wrote.", valueName: "RUN"),
    completion: Candidates.runs)
  var folder: String

  @Option(
    help: ArgumentHelp(
      "Write this page, or this summary in Markdown, and leave the run as it is.",
      valueName: "FILE.html|FILE.md"),
    completion: .file(extensions: ["html", "md"]))
  var output: String?

  @OptionGroup var machine: MachineOptions
  @OptionGroup var config: ConfigOption

  func run() throws {
    let reported = try Run(URL(filePath: folder))
    let file = output.map { URL(filePath: $0) }
    let form = try file.map(ReportForm.init(of:))
    if let file {
      try reported.requireOutsideData(file)
      try OutputCheck.requireApart(file: file, from: [folder])
      try OutputCheck.requireCreatable(file: file)
    }
    let evaluation = try RunEvaluation(
      saved: reported, isLooking: form != .markdown, pool: machine.pool)
    if let file, let form {
      try evaluation.write(form, to: file)
    } else {
      try evaluation.rewrite(in: reported.url)
    }
    try Output.print(evaluation.metrics.summary)
    try Output.print("report: \(output ?? "\(folder)/\(RunEvaluation.File.html.rawValue)")")
  }
}
