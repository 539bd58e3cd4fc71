import TransferLearning

let run = try await FineTuning(Base("resnet50"), Photos("photos"), plan: .default).run(in: "runs/x") { print($0) }
let best = try Classifier("runs/x")("photo.jpg").best

print("\(best.label), \(best.probability)")
