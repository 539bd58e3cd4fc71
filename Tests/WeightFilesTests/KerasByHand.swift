import TestSupport

extension Keras {
  /// Python that builds the model of an old file layer by layer with today's Keras, which cannot load
  /// such files itself, gives it the file's tensors, and stores an input and the outputs.
  ///
  /// Every setting is looked up and named here; nothing of Keras's own reader of old files is used.
  static func byHand(_ path: String, scale: Double) -> String {
    """
    import json
    f = h5py.File('\(path)'); config = f.attrs['model_config']
    config = json.loads(config if isinstance(config, str) else config.decode())
    tensors = {}
    def visit(name, d):
        if isinstance(d, h5py.Dataset):
            parts = name.split('/'); layer = parts[-2]
            # Old TensorFlow numbered the scope of a layer that was made a second time.
            if parts[0] in layer and parts[0] != layer: layer = parts[0]
            tensors[layer, parts[-1].split(':')[0]] = d[()]
    f['model_weights'].visititems(visit)
    used = set()
    def give(layer, *roles):
        values = []
        for role in roles:
            values.append(tensors[layer.name, role]); used.add((layer.name, role))
        layer.set_weights(values); return layer
    def apply(item, x):
        kind, c = item['class_name'], item['config']; name = c['name'] if isinstance(c, dict) else None
        one = x[0]
        bias = ['bias'] if kind != 'InputLayer' and isinstance(c, dict) and c.get('use_bias') else []
        if kind in ('Sequential',): return sequence(item, one)
        if kind in ('Model', 'Functional'): return graph(item, one)
        if kind == 'Conv2D':
            l = L.Conv2D(c['filters'], c['kernel_size'], c['strides'], c['padding'], dilation_rate=c['dilation_rate'],
                activation=c['activation'], use_bias=c['use_bias'], name=name)
            y = l(one); give(l, 'kernel', *bias); return y
        if kind == 'DepthwiseConv2D':
            l = L.DepthwiseConv2D(c['kernel_size'], c['strides'], c['padding'], c['depth_multiplier'],
                activation=c['activation'], use_bias=c['use_bias'], name=name)
            y = l(one); give(l, 'depthwise_kernel', *bias); return y
        if kind == 'SeparableConv2D':
            l = L.SeparableConv2D(c['filters'], c['kernel_size'], c['strides'], c['padding'],
                activation=c['activation'], use_bias=c['use_bias'], name=name)
            y = l(one); give(l, 'depthwise_kernel', 'pointwise_kernel', *bias); return y
        if kind == 'Dense':
            l = L.Dense(c['units'], c['activation'], c['use_bias'], name=name); y = l(one); give(l, 'kernel', *bias); return y
        if kind == 'BatchNormalization':
            l = L.BatchNormalization(epsilon=c['epsilon'], name=name); y = l(one)
            give(l, 'gamma', 'beta', 'moving_mean', 'moving_variance'); return y
        if kind == 'ReLU': return L.ReLU(c['max_value'])(one)
        if kind == 'Activation': return L.Activation(c['activation'])(one)
        if kind == 'ZeroPadding2D': return L.ZeroPadding2D(c['padding'])(one)
        if kind == 'MaxPooling2D': return L.MaxPooling2D(c['pool_size'], c['strides'], c['padding'])(one)
        if kind == 'GlobalAveragePooling2D': return L.GlobalAveragePooling2D()(one)
        if kind == 'Add': return L.Add()(x)
        raise ValueError(kind)
    def sequence(model, x):
        for item in model['config']['layers']:
            if item['class_name'] != 'InputLayer': x = apply(item, [x])
        return x
    def graph(model, x):
        values = {}
        for item in model['config']['layers']:
            nodes = item['inbound_nodes']
            values[item['name']] = apply(item, [values[n[0]] for n in nodes[0]]) if nodes else x
        return values[model['config']['output_layers'][0][0]]
    first = config
    while 'layers' in first['config']: first = first['config']['layers'][0]
    shape = first['config']['batch_input_shape'][1:]
    i = keras.Input(shape); m = keras.Model(i, apply(config, [i]))
    assert used == set(tensors), set(tensors) ^ used
    x = np.random.default_rng(3).uniform(-\(scale), \(scale), [3] + shape).astype('float32')
    y = m.predict(x, verbose=0); x.tofile('input'); y.tofile('output')
    """
  }
}
