/// The page's script. What comes from elsewhere, as names of classes and files, becomes text and never markup.
let servingScript = """

  'use strict';
  const byId = name => document.getElementById(name);
  const make = (tag, kind, text) => {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const percent = share => (100 * share).toFixed(share < 0.1 || share > 0.999 ? 1 : 0) + ' %';
  const status = byId('status');
  let waiting = [], isBusy = false, done = 0, asked = 0;

  fetch('health').then(answer => answer.json()).then(health => {
    byId('model').textContent = health.model;
    const names = health.classes.slice(0, 6).join(', ');
    byId('classes').textContent = `knows ${health.classes.length} classes: ${names}` +
      (health.classes.length > 6 ? ' …' : '');
  }).catch(() => { status.textContent = 'The server does not answer.'; });

  // Once more where there is no room for the moment.
  async function send(path, photo) {
    for (let tries = 0; ; tries++) {
      const answer = await fetch(path, {method: 'POST', body: photo});
      if (answer.status !== 503 || tries === 5) return answer;
      const seconds = Number(answer.headers.get('Retry-After')) || 1;
      await new Promise(wake => setTimeout(wake, 1000 * seconds));
    }
  }

  async function look(photo, choice, figure) {
    const picture = figure.querySelector('img'), caption = figure.querySelector('figcaption');
    figure.hidden = false;
    caption.textContent = 'Looking …';
    const answer = await send('explain?class=' + choice.index, photo);
    if (!answer.ok) {
      picture.hidden = true;
      caption.textContent = 'No picture of where it looked: ' + (await answer.json()).error + '.';
      return;
    }
    if (picture.src) URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(await answer.blob());
    picture.hidden = false;
    picture.alt = `The photo as the network saw it, and what in it speaks for ${choice.class}`;
    caption.textContent = `What speaks for “${choice.class}”: dark violet not at all, bright yellow the most.`;
  }

  function bars(photo, top, figure) {
    const list = make('ul', 'bars');
    for (const choice of top) {
      const row = make('li'), button = make('button');
      button.type = 'button';
      button.title = 'Show what speaks for it';
      button.setAttribute('aria-pressed', choice === top[0]);
      const track = make('span', 'track'), bar = make('i');
      bar.style.width = 100 * choice.probability + '%';
      track.append(bar);
      button.append(make('bdi', 'name', choice.class), make('span', 'share', percent(choice.probability)), track);
      button.addEventListener('click', () => {
        for (const other of list.querySelectorAll('button')) other.setAttribute('aria-pressed', other === button);
        look(photo, choice, figure).catch(() => { figure.hidden = true; });
      });
      row.append(button);
      list.append(row);
    }
    return list;
  }

  function headline(answer) {
    if (answer.labels) return answer.labels.length ? answer.labels.join(', ') : 'None of the classes';
    if (answer.abstained) return 'Unsure';
    return answer.top[0].class;
  }

  async function ask(photo) {
    const entry = make('li'), shown = make('figure', 'picture'), words = make('div');
    const picture = make('img');
    picture.alt = '';
    // Formats that the browser cannot show are read by the server nevertheless.
    picture.addEventListener('error', () => { shown.hidden = true; });
    picture.src = URL.createObjectURL(photo);
    picture.addEventListener('load', () => URL.revokeObjectURL(picture.src));
    shown.append(picture);
    words.append(make('p', 'soft', photo.name || 'photo'));
    entry.append(shown, words);
    byId('answers').prepend(entry);
    const answer = await send('predict', photo);
    const said = await answer.json();
    if (!answer.ok) {
      entry.className = 'failed';
      words.append(make('p', 'error', said.error));
      return;
    }
    const prediction = said.predictions[0], figure = make('figure', 'look');
    figure.hidden = true;
    figure.append(make('img'), make('figcaption', 'soft'));
    figure.querySelector('img').hidden = true;
    words.append(make('h2', '', headline(prediction)), bars(photo, prediction.top, figure));
    entry.append(figure);
    await look(photo, prediction.top[0], figure);
  }

  async function work() {
    if (isBusy) return;
    isBusy = true;
    while (waiting.length) {
      const photo = waiting.shift();
      status.textContent = `Asking about photo ${done + 1} of ${asked} …`;
      try {
        await ask(photo);
      } catch (problem) {
        byId('answers').prepend(make('li', 'error', 'The server does not answer: ' + problem.message));
      }
      done++;
    }
    status.textContent = `${done} ${done === 1 ? 'photo' : 'photos'} answered`;
    isBusy = false;
  }

  function take(files) {
    const photos = [...files].filter(file => file.size > 0);
    waiting.push(...photos);
    asked += photos.length;
    if (photos.length) work();
  }

  for (const input of [byId('choose'), byId('take')])
    input.addEventListener('change', () => { take(input.files); input.value = ''; });
  const drop = byId('drop');
  for (const name of ['dragover', 'dragenter', 'dragleave', 'drop'])
    document.addEventListener(name, event => {
      event.preventDefault();
      drop.classList.toggle('over', name === 'dragover' || name === 'dragenter');
      if (name === 'drop') take(event.dataTransfer.files);
    });
  document.addEventListener('paste', event => take(event.clipboardData.files));

  """
