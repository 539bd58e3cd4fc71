// Fine-tunes a base with weights from a file on a folder of photos.
//
//   FineTune WEIGHTS.h5 PHOTOS RUN
import Foundation
import TransferLearning

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
  print("usage: FineTune WEIGHTS.h5 PHOTOS RUN")
  exit(64)
}

// MobileNet, a quarter as wide, for photos of 128 × 128 pixels.
var source = Base.Source("mobilenet")
source.alpha = 0.25
source.imageSize = 128
source.weights = .file(arguments[1])

let base = try await Base(source)
let photos = try await Photos(arguments[2])
print("\(base.title), \(base.dimension) features; \(photos.all.count) photos of \(photos.classes.count) classes")
for problem in photos.problems { print("\(problem.path): \(problem.detail)") }

var plan = FineTuningPlan.full
for phase in plan.phases.indices where plan.phases[phase].method == .sgd {
  plan.phases[phase].epochs = 2
  plan.phases[phase].augmentation = .standard
}

let run = try await FineTuning(base, photos, plan: plan, seed: 7).run(in: arguments[3]) { event in
  switch event {
  case .epoch, .head, .note, .done: print(event)
  default: break
  }
}
print("kept: phase \((run.record.best?.phase ?? 0) + 1), in '\(arguments[3])'")
