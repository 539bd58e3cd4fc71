import Foundation
import Synchronization
import TensorKernels
import Testing

@Suite("The worker pool")
struct WorkerPoolTests {
  @Test("gives every piece to one worker, exactly once", arguments: [1, 2, 5])
  func pieces(workers: Int) {
    let pool = WorkerPool(count: workers)
    for round in 0..<50 {
      let counts = (0..<97).map { _ in AtomicCounter() }
      pool.forEach(97) { worker, piece in
        precondition(worker < workers)
        _ = counts[piece].next(below: .max)
      }
      // The next number of each counter is how often its piece was worked on.
      #expect(counts.allSatisfy { $0.next(below: .max) == 1 }, "round \(round)")
    }
  }

  @Test("does not wait for a worker that decodes while the others finish the section")
  func busyWorker() {
    let pool = WorkerPool(count: 2)
    let started = DispatchSemaphore(value: 0)
    let release = DispatchSemaphore(value: 0)
    pool.enqueue {
      started.signal()
      release.wait()
    }
    started.wait()
    let total = Atomic<Int>(0)
    pool.forEach(10) { _, piece in total.wrappingAdd(piece, ordering: .relaxed) }
    #expect(total.load(ordering: .relaxed) == 45)
    release.signal()
  }

  @Test("runs background jobs in the order they came, and none while it computes")
  func jobs() {
    let pool = WorkerPool(count: 1)
    let log = Mutex<[Int]>([])
    let done = DispatchSemaphore(value: 0)
    for index in 0..<200 {
      pool.enqueue {
        log.withLock { $0.append(index) }
        if index == 199 { done.signal() }
      }
    }
    done.wait()
    #expect(log.withLock { $0 } == Array(0..<200))
  }

  @Test("computes without denormal numbers, which would slow vanishing gradients down")
  func denormals() {
    let pool = WorkerPool(count: 1)
    let halved = Mutex<Float>(1)
    // A variable from outside, so that the product is not known when the test is compiled.
    let smallest = Float(ProcessInfo.processInfo.processIdentifier) * 0 + .leastNormalMagnitude
    pool.run { _ in halved.withLock { $0 = smallest * 0.5 } }
    #expect(halved.withLock { $0 } == 0)
  }

  @Test("gives what is made of every index, in order", arguments: [1, 2, 5])
  func map(workers: Int) {
    let pool = WorkerPool(count: workers)
    for count in [0, 1, 97] {
      #expect(pool.map(count) { index in "\(index)" } == (0..<count).map { "\($0)" })
    }
  }

  private struct Failure: Error, Equatable { let index: Int }

  @Test(
    "throws the failure of the lowest index, and begins nothing after one", arguments: [1, 2, 5])
  func failingMap(workers: Int) {
    let pool = WorkerPool(count: workers)
    for _ in 0..<50 {
      let begun = AtomicCounter()
      #expect(throws: Failure(index: 11)) {
        try pool.map(10_000) { index throws(Failure) in
          _ = begun.next(below: .max)
          if index >= 11 { throw Failure(index: index) }
          return index
        }
      }
      #expect(begun.next(below: .max).map { $0 <= 11 + workers } == true)
    }
  }

  @Test("keeps to the limit of workers that a section allows")
  func limit() {
    let pool = WorkerPool(count: 4)
    let seen = Mutex<Set<Int>>([])
    for _ in 0..<20 {
      pool.run(limit: 2) { worker in _ = seen.withLock { $0.insert(worker) } }
    }
    #expect(seen.withLock { $0 }.isSubset(of: [0, 1]))
  }
}

@Suite("Matrix products")
struct MatrixProductTests {
  static let cases = BackendChoice.allCases.flatMap { backend in
    [(3, 4, 5), (1, 1, 1), (17, 12, 130), (64, 3, 1)].map { (backend, $0) }
  }

  @Test("equal their definition, transposed or not, adding or not", arguments: cases)
  func product(backend: BackendChoice, size: (Int, Int, Int)) {
    let (rows, columns, depth) = size
    let multiplier = backend.multiplier
    func value(_ i: Int) -> Float { Float((i * 7919) % 23) / 11 - 1 }
    let a = (0..<(rows * depth)).map(value)
    let b = (0..<(depth * columns)).map { value($0 + 5) }
    for (transposeA, transposeB, accumulating) in [
      (false, false, false), (true, false, false), (false, true, true), (true, true, true),
    ] {
      var c = [Float](repeating: 0.5, count: rows * columns)
      multiplier.multiply(
        rows: rows, columns: columns, depth: depth, a, transposeA: transposeA, b,
        transposeB: transposeB, into: &c, accumulating: accumulating)
      for row in 0..<rows {
        for column in 0..<columns {
          let sum = (0..<depth).reduce(accumulating ? 0.5 : 0) { sum, k in
            let left = transposeA ? a[k * rows + row] : a[row * depth + k]
            let right = transposeB ? b[column * depth + k] : b[k * columns + column]
            return sum + Double(left * right)
          }
          #expect(abs(Double(c[row * columns + column]) - sum) < 1e-4)
        }
      }
    }
  }
}

@Suite("Gradient descent")
struct GradientDescentTests {
  @Test("follows its formula", arguments: [false, true])
  func formula(nesterov: Bool) {
    var weights: [Float] = (0..<37).map { Float($0) / 10 - 1 }
    var velocity: [Float] = (0..<37).map { Float($0 % 5) }
    let gradient: [Float] = (0..<37).map { Float($0 % 7) - 3 }
    let (w, v) = (weights, velocity)
    weights.withUnsafeMutableBufferPointer { weights in
      velocity.withUnsafeMutableBufferPointer { velocity in
        gradient.withUnsafeBufferPointer { gradient in
          GradientDescent.step(
            weights, velocity: velocity, gradient: gradient, rate: 0.1, momentum: 0.9,
            decay: 0.01, nesterov: nesterov)
        }
      }
    }
    for index in w.indices {
      let g = gradient[index] + 0.01 * w[index]
      let moved = 0.9 * v[index] + g
      let step = nesterov ? g + 0.9 * moved : moved
      #expect(abs(velocity[index] - moved) < 1e-5)
      #expect(abs(weights[index] - (w[index] - 0.1 * step)) < 1e-5)
    }
  }
}
