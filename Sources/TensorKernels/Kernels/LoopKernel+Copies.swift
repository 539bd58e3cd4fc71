internal import CKernels

/// Loops that move values.
extension LoopKernel {
  static func copy(_ count: Int, _ precision: Precision) -> LoopKernel {
    LoopKernel { operands, _ in
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        return {
          destination.update(from: source, count: count)
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        return {
          destination.update(from: source, count: count)
          return 0
        }
      }
    }
  }

  /// - Parameter precision: of the destination.
  static func convert(_ count: Int, to precision: Precision) -> LoopKernel {
    LoopKernel { operands, _ in
      switch precision {
      case .float32:
        let (source, destination) = (
          operands.source.requiredHalves, operands.destination.required
        )
        return {
          ft_widen(destination, source, count)
          return 0
        }
      case .bfloat16:
        let (source, destination) = (
          operands.source.required, operands.destination.requiredHalves
        )
        return {
          ft_narrow(destination, source, count)
          return 0
        }
      }
    }
  }

  static func accumulate(_ count: Int) -> LoopKernel {
    LoopKernel { operands, lane in
      let (source, destination) = operands.floats
      return {
        if lane.isFirst {
          destination.update(from: source, count: count)
        } else {
          ft_accumulate(destination, source, count)
        }
        return 0
      }
    }
  }

  static func stash(_ rows: Int, _ columns: Int, batch: Int, block: Int) -> LoopKernel {
    LoopKernel { operands, lane in
      let (source, destination) = operands.floats
      return {
        for start in stride(from: 0, to: columns, by: block) {
          let width = min(block, columns - start)
          let matrix = destination + batch * start + lane.firstExample * width
          for row in 0..<rows {
            (matrix + row * width).update(from: source + row * columns + start, count: width)
          }
        }
        return 0
      }
    }
  }

  static func placeColumns(_ range: ColumnRange, _ precision: Precision) -> LoopKernel {
    LoopKernel { operands, _ in
      switch precision {
      case .float32: range.placing(operands.source.required, into: operands.destination.required)
      case .bfloat16:
        range.placing(
          operands.source.requiredHalves, into: operands.destination.requiredHalves)
      }
    }
  }

  static func takeColumns(_ range: ColumnRange, _ precision: Precision) -> LoopKernel {
    LoopKernel { operands, _ in
      switch precision {
      case .float32: range.taking(operands.source.required, into: operands.destination.required)
      case .bfloat16:
        range.taking(operands.source.requiredHalves, into: operands.destination.requiredHalves)
      }
    }
  }
}

extension ColumnRange {
  /// Writes the columns where they belong in the wider matrix.
  fileprivate func placing<Value>(
    _ source: UnsafeMutablePointer<Value>, into destination: UnsafeMutablePointer<Value>
  ) -> Call {
    {
      for row in 0..<rows {
        (destination + row * total + first).update(from: source + row * columns, count: columns)
      }
      return 0
    }
  }

  /// Reads the columns out of the wider matrix.
  fileprivate func taking<Value>(
    _ source: UnsafeMutablePointer<Value>, into destination: UnsafeMutablePointer<Value>
  ) -> Call {
    {
      for row in 0..<rows {
        (destination + row * columns).update(from: source + row * total + first, count: columns)
      }
      return 0
    }
  }
}
