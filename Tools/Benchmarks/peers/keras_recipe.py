"""Transfer learning as Keras's guide does it, on a folder of photos: the whole job as one JSON line.

  python keras_recipe.py DATA WEIGHTS mobilenetv2|"mobilenet ALPHA" THREADS

A head with dropout on the frozen base, 10 epochs of Adam at 1e-3, then 10 of RMSprop at 1e-5 on the upper part
of the base, with flips and rotations; measured on DATA/val or DATA/test. Imports are not counted.
Written for Keras 3.15 on TensorFlow 2.21.
"""
import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import tensorflow as tf

data, weights, name, threads = sys.argv[1:5]
keras.utils.set_random_seed(0)
tf.config.threading.set_intra_op_parallelism_threads(int(threads))
EPOCHS = 10

start = time.perf_counter()


def photos(split, **options):
    folder = os.path.join(data, split)
    return keras.utils.image_dataset_from_directory(folder, image_size=(224, 224), batch_size=32, verbose=False, **options)


training = photos("train", shuffle=True, seed=1)
measured = photos("val" if os.path.isdir(os.path.join(data, "val")) else "test", shuffle=False)
classes = len(training.class_names)
training, measured = training.prefetch(2), measured.prefetch(2)

shape = (224, 224, 3)
if name == "mobilenetv2":
    base, first_trained = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=shape), 100
else:
    alpha = float(name.split()[1])
    base, first_trained = keras.applications.MobileNet(alpha=alpha, include_top=False, weights=None, input_shape=shape), 55
base.load_weights(weights)
base.trainable = False

inputs = keras.Input(shape)
values = keras.layers.RandomFlip("horizontal")(inputs)
values = keras.layers.RandomRotation(0.2)(values)
values = keras.layers.Rescaling(1 / 127.5, -1)(values)
values = base(values, training=False)
values = keras.layers.GlobalAveragePooling2D()(values)
values = keras.layers.Dropout(0.2)(values)
outputs = keras.layers.Dense(classes, activation="softmax")(values)
model = keras.Model(inputs, outputs)


def fit(optimizer):
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(training, epochs=EPOCHS, validation_data=measured, verbose=0)
    return history.history["val_accuracy"]


head = fit(keras.optimizers.Adam(1e-3))
base.trainable = True
for layer in base.layers[:first_trained]:
    layer.trainable = False
tuned = fit(keras.optimizers.RMSprop(1e-5))
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - start,
            "accuracy": max(head[-1], tuned[-1]),
            "head": head,
            "tuned": tuned,
            "version": f"Keras {keras.__version__} on TensorFlow {tf.__version__}",
        }
    )
)
