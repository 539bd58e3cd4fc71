"""Writes a model in every format that Keras has or had."""

import json
import pathlib
import struct

from common import keras, layers_of, np, parameter_name

import h5py
from keras.src.legacy.saving import legacy_h5_format


def legacy_weights(path, model):
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def legacy_model(path, model):
    legacy_h5_format.save_model_to_hdf5(model, path, include_optimizer=False)


def keras3_weights(path, model):
    model.save_weights(path)


def keras3_model(path, model):
    model.save(path)


def keras2_weights(path, model):
    """As Keras 1 and 2 did and all of keras.applications is: names end in `:0`."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([l.name.encode() for l in model.layers])
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.2.4"
        for layer in model.layers:
            group = file.create_group(layer.name)
            inside = layer.layers if isinstance(layer, keras.Sequential) else [layer]
            weights = [
                (keras2_name(part, weight), value) for part in inside
                for weight, value in zip(part.weights, part.get_weights())
            ]
            names = [name.encode() for name, _ in weights]
            group.attrs["weight_names"] = np.array(names, dtype="S")
            for name, value in weights:
                group[name] = value


def keras2_name(layer, weight):
    if type(layer).__name__ == "LayerScale":  # which gave its weight no name
        return f"{layer.name}/Variable:0"
    return f"{parameter_name(layer, weight)}:0"


SAFETENSORS_TYPES = {"float32": "F32", "float64": "F64", "float16": "F16", "bfloat16": "BF16",
                     "int32": "I32", "int64": "I64"}


def safetensors(path, model, dtype=None):
    """Eight bytes with the header's length, a JSON header, the tensors' bytes: as its authors say."""
    header, blobs, end = {"__metadata__": {"format": "keras"}}, [], 0
    for layer in layers_of(model):
        for weight, value in zip(layer.weights, layer.get_weights()):
            value = np.asarray(value)
            if dtype is not None and value.dtype == np.float32:
                value = value.astype(dtype)
            blob = value.tobytes()
            header[parameter_name(layer, weight)] = {
                "dtype": SAFETENSORS_TYPES[str(value.dtype)], "shape": list(value.shape),
                "data_offsets": [end, end + len(blob)],
            }
            blobs.append(blob)
            end += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for blob in blobs:
            file.write(blob)


def compressed(source, target):
    """The same HDF5 file with chunked, shuffled and gzip-compressed datasets."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        for key, value in old.attrs.items():
            new.attrs[key] = value

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                options = {"compression": "gzip", "shuffle": True} if item.size and item.shape else {}
                made = new.create_dataset(name, data=item[()], **options)
            else:
                made = new.require_group(name)
            for key, value in item.attrs.items():
                made.attrs[key] = value

        old.visititems(copy)
    pathlib.Path(source).unlink()


def with_type(make, weights, dtype):
    """The model as Keras builds it in another precision, with the same weights rounded to it."""
    keras.utils.clear_session()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        model = make()
    finally:
        keras.config.set_dtype_policy(before)
    for variable, value in zip(model.weights, weights):
        variable.assign(np.asarray(value).astype(variable.dtype))
    return model


def rounded(weights, dtype):
    """What is left of float32 weights after they went through another type."""
    import ml_dtypes

    kind = {"bfloat16": ml_dtypes.bfloat16}.get(dtype, dtype)
    return [w.astype(kind).astype(np.float32) if w.dtype == np.float32 else w for w in weights]
