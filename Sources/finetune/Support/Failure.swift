import ArgumentParser
import Files
import Foundation
import Serving
import TransferLearning

/// How the program ends, after sysexits.h; never with 1.
enum ExitStatus: Int32 {
  case done = 0
  /// The command line is wrong.
  case usage = 64
  /// Photos or a weight file are unusable.
  case badData = 65
  /// An input is not there.
  case missingInput = 66
  /// A download was tried and failed, or an address cannot be listened on.
  case unavailable = 69
  /// An error of ours.
  case software = 70
  case cannotCreate = 73
  /// Reading or writing failed half-way; the disk may be full.
  case inputOutput = 74
  /// Stopped by a signal; what was done is kept.
  case interrupted = 130
}

/// An error as the user sees it.
struct Failure {
  let status: ExitStatus
  /// What to print: one line, or several where usage follows; empty for nothing.
  let message: String

  init(_ error: any Error) {
    guard let status = Self.status(of: error) else {
      // The parser's own: help and version are no failures.
      let isClean = Finetune.exitCode(for: error) == .success
      guard isClean || Self.isOfParser(error) else {
        self.init(.software, "an error in this program: \(error)")
        return
      }
      self.init(isClean ? .done : .usage, lines: Finetune.fullMessage(for: error))
      return
    }
    self.init(status, (error as? any Remediable)?.sentence.withOptions ?? "\(error)")
  }

  /// In one line, behind the program's name.
  private init(_ status: ExitStatus, _ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    self.init(status, lines: line.isEmpty ? "" : "finetune: \(line.bounded())")
  }

  private init(_ status: ExitStatus, lines: String) {
    self.status = status
    message = lines
  }

  private static func isOfParser(_ error: any Error) -> Bool {
    error is ValidationError || Finetune.exitCode(for: error) == .validationFailure
  }

  /// What each error of the libraries means; `nil` for others.
  private static func status(of error: any Error) -> ExitStatus? {
    switch error {
    case let error as CommandFailure: error.status
    case is ServingError: .unavailable
    case is UsageError, is ModelError, is PlanError: .usage
    case let error as DataError: error.kind == .missing ? .missingInput : .badData
    case let error as FileError:
      switch error.kind {
      case .missing: .missingInput
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    case let error as WeightFileError:
      switch error.kind {
      case .missingFile: .missingInput
      case .bad: .badData
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    case let error as WeightStoreError:
      switch error.kind {
      case .missing: .missingInput
      case .unavailable: .unavailable
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    case let error as RunError:
      switch error.kind {
      case .missing: .missingInput
      case .bad: .badData
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    case let error as TrainingError:
      switch error {
      case .interrupted: .interrupted
      case .noRate: .usage
      case .noPhotos: .badData
      case .broken, .memory: .software
      }
    case let error as EvaluationError: error.kind == .template ? .software : .badData
    case is ImageError, is OverflowError: .badData
    case is BackendError, is NetworkError, is CommunicationError, is ThreadError: .software
    default: nil
    }
  }
}

/// A failure that a command itself finds.
struct CommandFailure: Error, CustomStringConvertible {
  let status: ExitStatus
  let description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}
