import TensorKernels

/// Where in a lane's arena each slot lies: two slots share bytes only if their lives do not overlap.
struct MemoryPlan {
  /// Byte offsets by slot index.
  let offsets: [Int]
  let byteCount: Int
  /// Steps (by index) whose destination has to be filled with a copy of `startsAs` first.
  let copies: Set<Int>

  private static let alignment = 64

  /// One piece of memory and the steps between which it is in use.
  private struct Piece {
    var byteCount: Int
    var first: Int
    var last: Int
    var offset = 0
  }

  init(_ tape: Tape) {
    let lastUse = Self.lastUses(of: tape)
    var pieces: [Piece] = []
    var pieceOfSlot = [Int?](repeating: nil, count: tape.byteCounts.count)
    var copies: Set<Int> = []

    func startPiece(for slot: Slot, at step: Int) {
      pieceOfSlot[slot.index] = pieces.count
      pieces.append(
        Piece(
          byteCount: tape.byteCounts[slot.index], first: step,
          last: max(step, lastUse[slot.index])))
    }

    for slot in tape.inputs.sorted(by: { $0.index < $1.index }) { startPiece(for: slot, at: -1) }
    for (index, step) in tape.steps.enumerated() {
      for slot in step.slotsRead where pieceOfSlot[slot.index] == nil {
        // A workspace is written by the forward step that names it.
        startPiece(for: slot, at: index)
      }
      guard let written = step.slotWritten, pieceOfSlot[written.index] == nil else { continue }
      if let old = step.reuse?.slot, lastUse[old.index] == index,
        let piece = pieceOfSlot[old.index], !step.stillReads(old),
        tape.byteCounts[old.index] == tape.byteCounts[written.index], pieces[piece].last == index
      {
        pieceOfSlot[written.index] = piece
        pieces[piece].last = max(index, lastUse[written.index])
      } else {
        if step.startsAs != nil { copies.insert(index) }
        startPiece(for: written, at: index)
      }
    }
    byteCount = Self.place(&pieces)
    offsets = pieceOfSlot.map { $0.map { pieces[$0].offset } ?? 0 }
    self.copies = copies
  }

  /// The last step that touches each slot; outputs stay to the end.
  private static func lastUses(of tape: Tape) -> [Int] {
    var lastUse = [Int](repeating: -1, count: tape.byteCounts.count)
    for (index, step) in tape.steps.enumerated() {
      for slot in step.slotsRead + [step.slotWritten].compactMap(\.self) {
        lastUse[slot.index] = index
      }
    }
    for slot in tape.outputs { lastUse[slot.index] = tape.steps.count }
    return lastUse
  }

  /// Largest first, each at the lowest place that is free for its whole life.
  private static func place(_ pieces: inout [Piece]) -> Int {
    var total = 0
    var placed: [Int] = []
    let order = pieces.indices.sorted {
      (pieces[$0].byteCount, pieces[$1].first) > (pieces[$1].byteCount, pieces[$0].first)
    }
    for index in order {
      let piece = pieces[index]
      let neighbours =
        placed.filter { pieces[$0].first <= piece.last && piece.first <= pieces[$0].last }
        .sorted { pieces[$0].offset < pieces[$1].offset }
      var offset = 0
      for neighbour in neighbours {
        if pieces[neighbour].offset >= offset + piece.byteCount { break }
        let end = pieces[neighbour].offset + pieces[neighbour].byteCount
        offset = max(offset, (end + alignment - 1) / alignment * alignment)
      }
      pieces[index].offset = offset
      total = max(total, offset + piece.byteCount)
      placed.append(index)
    }
    return total
  }
}

extension Step {
  /// Whether the kernel itself reads a slot that its destination starts as: then the two must differ.
  fileprivate func stillReads(_ slot: Slot) -> Bool {
    guard startsAs == slot else { return false }
    return operands.slotsRead.contains(slot)
  }
}
