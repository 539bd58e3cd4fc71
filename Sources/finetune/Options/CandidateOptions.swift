import ArgumentParser
import Foundation
import TransferLearning

/// Among which bases one is chosen.
struct CandidateOptions: ParsableArguments {
  /// What stands for a base that the photos choose.
  static let automatic = "auto"

  @Option(
    help: ArgumentHelp(
      "The bases to compare, whatever --base takes; 'mobilenet 0.25' is one of that width (default: all published ones whose weights are here).",
      valueName: "A,B,C"),
    completion: Candidates.listOfBases)
  var candidates: CandidateList?

  @Flag(
    help:
      "Download weights of bases to compare that are not here; without --candidates those of the small ones that 'finetune models' starts with (default: none)."
  )
  var fetch = false

  var isEmpty: Bool { candidates == nil && !fetch }

  /// - Parameter seconds: what the comparison may take.
  func search(seconds: Double) -> BaseSearch {
    BaseSearch(candidates: candidates?.names ?? [], seconds: seconds, fetches: fetch)
  }

  /// - Throws: `ValidationError` where nothing may be downloaded.
  func check(offline: Bool) throws {
    if fetch, offline { throw ValidationError("--fetch and --offline exclude each other") }
  }
}

/// Names with commas between them.
struct CandidateList: ExpressibleByArgument {
  let names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
  }
}
