internal import CKernels

extension ft_window {
  init(_ geometry: WindowGeometry) {
    self.init(
      batch: Int32(geometry.batch),
      in_depth: Int32(geometry.inputDepth), in_height: Int32(geometry.inputHeight),
      in_width: Int32(geometry.inputWidth), in_channels: Int32(geometry.inputChannels),
      out_depth: Int32(geometry.outputDepth), out_height: Int32(geometry.outputHeight),
      out_width: Int32(geometry.outputWidth), out_channels: Int32(geometry.outputChannels),
      kernel_depth: Int32(geometry.kernelDepth), kernel_height: Int32(geometry.kernelHeight),
      kernel_width: Int32(geometry.kernelWidth), stride_depth: Int32(geometry.strideDepth),
      stride_height: Int32(geometry.strideHeight), stride_width: Int32(geometry.strideWidth),
      dilation_depth: Int32(geometry.dilationDepth),
      dilation_height: Int32(geometry.dilationHeight),
      dilation_width: Int32(geometry.dilationWidth), pad_front: Int32(geometry.padFront),
      pad_back: Int32(geometry.padBack), pad_top: Int32(geometry.padTop),
      pad_bottom: Int32(geometry.padBottom), pad_left: Int32(geometry.padLeft),
      pad_right: Int32(geometry.padRight), groups: Int32(geometry.groups))
  }
}
