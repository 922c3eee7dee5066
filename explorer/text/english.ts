/** @file Every text of the page, by the part of it where it stands. */

interface Size {
  width: number
  height: number
}

interface Cells {
  w: number
  h: number
}

interface Peak {
  row: number
  column: number
  value: number
}

interface Shares {
  signal: number
  noise: number
}

/** A whole number as an index below the line. */
const below = (number: number) => `${number}`.replaceAll(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)])

/** A whole number with commas at thousands. */
const whole = (number: number) => number.toLocaleString('en')

export const english = {
  title: 'The attention explorer',
  docs: 'Documentation',
  skip: 'Skip to the panel',
  subtitle: 'See where a diffusion network looks, and what becomes of it',
  panels: {
    try: 'Try',
    look: 'Look',
    understand: 'Understand',
    change: 'Change',
    use: 'Use',
    weights: 'Own weights',
  },
  stage: {
    label: 'Picture',
    keys: 'Arrow keys move the crosshair by a cell, with shift by a pixel. Home goes to the centre, Enter presses, Escape leaves.',
    at: (x: number, y: number) => `pixel ${x}, ${y}`,
    segment: (id: number, share: string, foreground: boolean) =>
      `segment ${id}, ${share} of the picture${foreground ? ', foreground' : ''}`,
    empty: 'Choose a sample, or drop a picture anywhere on this page.',
    show: 'Show',
    layers: { segments: 'Segments', mask: 'Mask', heat: 'Attention' },
  },
  status: {
    label: 'What is under way',
    ready: 'Ready: choose a picture.',
    done: (milliseconds: string) => `Segmented in ${milliseconds}.`,
    stopped: 'Stopped.',
    milliseconds: (value: number) => (value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`),
    bytes: (done: number, total: number) => `${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`,
    stages: {
      load: 'reading the weights',
      decode: 'decoding the picture',
      text: 'encoding the text',
      vae: 'encoding the picture',
      unet: 'looking at the picture',
      aggregate: 'joining the attention',
      group: 'merging',
      label: 'labelling pixels',
      foreground: 'finding the mask',
      write: 'writing',
    },
    stop: 'Stop',
    again: 'Try again',
    loading: 'Loading the network …',
    fault: {
      stays: 'The picture before stays as it was.',
      gone: 'The part of the page that runs the network has ended.',
      other: 'Choose another picture',
      cpu: 'Go on with the CPU',
      auto: 'Go on without choosing a device',
      dismiss: 'Close',
      unknownSample: (name: string) => `There is no sample called ${name}.`,
      noSample: (name: string) => `The sample ${name} could not be fetched: is there a network?`,
      folder: (name: string) => `${name} is a folder: drop the pictures in it.`,
      nothing: 'There is no picture in what was dropped or pasted.',
      interrupted: (stage: string) =>
        `The last visit ended in the middle (${stage}). If the memory was full, a smaller picture or the CPU may help.`,
    },
    device: {
      label: 'Runs on',
      kinds: { auto: 'Automatic', webgpu: 'Graphics card (WebGPU)', cpu: 'CPU' },
      webgpu: (adapter: string) => `WebGPU: ${adapter}`,
      cpu: (threads: number) => (threads === 1 ? 'CPU with 1 thread' : `CPU with ${threads} threads`),
      reasons: {
        chosen: () => 'as chosen',
        card: () => 'the fastest device here',
        'no-webgpu': () => 'this browser has no WebGPU',
        'no-adapter': () => 'there is no WebGPU adapter',
        software: (adapter: string) => `the only WebGPU adapter is software (${adapter}), which would be slower`,
        refused: (adapter: string) => `the WebGPU adapter ${adapter} could not be used`,
      },
      threadsOff: 'threads are off, since the page is not cross-origin isolated',
      memory: (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB of its memory in use.`,
      model: (label: string) => `Model ${label}`,
    },
    offline: {
      kept: 'This page now works offline.',
      newer: 'A newer version of this page is ready.',
      take: 'Take it',
    },
  },
  try: {
    intro: 'Choose a picture. The network looks at it on this machine: nothing is sent anywhere.',
    samples: 'Samples',
    own: 'Your own picture',
    file: 'Choose a file …',
    photo: 'Take a photo …',
    drop: 'You can also drop a picture anywhere on this page, or paste one.',
    dropHere: 'Drop the picture here',
    formats: (names: string) => `Formats: ${names}.`,
    pages: {
      file: 'File',
      label: (count: number) => `Image 1 to ${count}`,
      legend: (name: string, count: number) => `${name} has ${count} images`,
      before: 'Image before',
      after: 'Next image',
      at: (number: number, name: string, width: number, height: number) =>
        [`Image ${number}`, name, `${width} × ${height} pixels`].filter(Boolean).join(' · '),
    },
    camera: {
      title: 'Take a photo',
      shoot: 'Take the photo',
      cancel: 'Cancel',
      name: 'photo',
      none: 'This page cannot use a camera here: choose a file instead.',
      denied: 'The camera was not allowed: allow it in the browser, or choose a file instead.',
      missing: 'No camera was found: choose a file instead.',
      failed: (why: string) => `The camera does not start (${why}): choose a file instead.`,
    },
    stages: 'What takes how long',
    result: 'Result',
    segments: (count: number) => (count === 1 ? '1 segment' : `${count} segments`),
    objects: (count: number) => (count === 1 ? '1 object' : `${count} objects`),
    mask: (share: string) => `the mask covers ${share} of the picture`,
    onTheWay: 'the mask is on its way',
    domains: {
      blood: { name: 'Blood smear', line: 'a white blood cell among red ones' },
      skin: { name: 'Dermoscopy', line: 'a mole on skin' },
      chest: { name: 'Chest X-ray', line: 'two lungs' },
      retina: { name: 'Retina', line: 'the back of an eye' },
      ultrasound: { name: 'Fetal ultrasound', line: 'a head before birth' },
      brain: { name: 'Brain MRI', line: 'a slice through a head' },
      nuclei: { name: 'Nuclei', line: 'glowing cell nuclei' },
      tissue: { name: 'Histology', line: 'stained skin' },
      axons: { name: 'Electron microscopy', line: 'axons in a spinal cord' },
    },
    licences: 'Where the samples are from',
  },
  look: {
    empty: 'Choose a picture first; then you see where each of its parts looks.',
    toTry: 'Choose a picture',
    hint: 'Move over the picture, or put the focus on it and use the arrow keys. The framed cell is the one that is asked about.',
    pin: 'Pin this cell',
    bar: 'Share of the attention. White lines go around the cells that hold a quarter of it.',
    andMore: 'and more',
    direction: 'Show',
    directions: { from: 'where the cell looks', to: 'who looks at the cell' },
    which: 'In which layers',
    all: 'All together',
    grid: ({ h, w }: { h: number; w: number }) => `${w} × ${h}`,
    ofGrid: ({ h, w }: { h: number; w: number }) => `All layers with ${w} × ${h} cells`,
    places: { down: 'Down', mid: 'Middle', up: 'Up' },
    layerName: (number: number, { h, w }: { h: number; w: number }, path: string) => `Layer ${number}, ${w} × ${h} cells (${path})`,
    head: 'Head',
    timestep: 'Time step',
    mean: 'Mean of all',
    allTogether: 'the layers that count together',
    layer: (number: number) => `layer ${number}`,
    layersOf: (count: number, { h, w }: { h: number; w: number }) =>
      count === 1 ? `the layer with ${w} × ${h} cells` : `the ${count} layers with ${w} × ${h} cells`,
    headName: (number: number) => `head ${number}`,
    timestepName: (step: number) => `time step ${step}`,
    captions: {
      from: (x: number, y: number) => `where the cell at ${x}, ${y} looks`,
      to: (x: number, y: number) => `who looks at the cell at ${x}, ${y}`,
    },
    place: (x: number, y: number) => `Cell at ${x}, ${y}`,
    shares: {
      from: (share: string, segment: number, own: boolean) => `; it gives ${share} to segment ${segment}${own ? ', its own' : ''}`,
      to: (share: string, segment: number, own: boolean) => `; ${share} of that comes from segment ${segment}${own ? ', its own' : ''}`,
    },
    read: {
      from: (share: string, segment: number) => `looks at segment ${segment} with ${share}`,
      to: (share: string, segment: number) => `is looked at by segment ${segment} with ${share}`,
    },
    pins: 'Compare cells',
    pinHint: (most: number) =>
      `Click a cell, or press Enter on it, to keep it here: up to ${most}, the oldest goes. All have the same colours.`,
    waiting: 'Attention that is being fetched',
    remove: 'Remove',
    unpin: (number: number) => `Remove pinned cell ${number}`,
    words: 'Words',
    prompt: 'Words to look with',
    promptExample: 'a blood cell',
    lookAgain: 'Look again',
    noWords:
      'The embedded network has never learned words, so it cannot show where it looks for one; Stable Diffusion weights of your own can.',
    toWeights: 'Open own weights',
    partOfWord: 'part of a character',
    wordShare: (mean: string) => `${mean} on average`,
    wordPicture: (word: string, mean: string) => `Where cells look at “${word}”, ${mean} of their attention on average`,
    wordCaption: (layers: string, word: string, x: number, y: number, share: string) =>
      `${layers[0].toUpperCase()}${layers.slice(1)}: how much every cell looks at “${word}”; the cell at ${x}, ${y} gives it ${share}.`,
  },
  understand: {
    lead: 'From the picture to its mask in ten stages. Everything here is what the network and the program really computed for your picture.',
    strip: 'Stages of the way',
    nothing: 'Open a picture first, in the panel Try: then every stage shows what became of it.',
    waiting: 'The data of this stage is on its way …',
    computed: 'Computed by',
    in: 'in',
    beside: '(opens in a new tab)',
    names: {
      picture: 'Picture',
      latent: 'Latent',
      noise: 'Noise at t',
      attention: 'Attention',
      aggregated: 'Aggregated',
      anchors: 'Anchors',
      merging: 'Merging',
      labels: 'Labels',
      prominence: 'Prominence',
      mask: 'Mask',
    },
    about: {
      picture:
        'Before anything else, the picture is resized to the size that the network works at. Details smaller than its pixels are lost here for good.',
      latent:
        'A first network, the encoder of the VAE, squeezes the picture into a small grid with a few numbers in every cell: the latent. Orange is above zero, blue below; it is all that the next network gets to see.',
      noise:
        'The second network, the UNet, was trained to take noise away, and is always told how much there is by a time step t. Whether or not noise is really added, t decides what it pays attention to.',
      attention:
        'Inside the UNet, every cell of a grid looks at all other cells and decides how much each of them matters to it. Bright is where the cell under the crosshair looks, once for every layer.',
      aggregated:
        'The maps of the layers that count are enlarged to the finest grid and averaged, and finer grids count more. The result is one table with a row for every cell: where that cell looks.',
      anchors:
        'Merging does not begin with every cell, but with a regular grid of some: the anchors. Each one first gathers all cells that look where it looks.',
      merging:
        'Two maps are alike if they look at the same places, which a number called divergence measures: 0 for equal ones. Round by round, maps with a divergence below the threshold join and are averaged, until a few are left.',
      labels:
        'The maps that are left, the proposals, are enlarged to your picture’s size. Every pixel gets the label of the proposal that is largest there.',
      prominence:
        'Imagine somebody who walks from cell to cell, always along attention, and leaves where the border’s background begins. Cells from where the walk lasts long stand out from the background; they are bright.',
      mask: 'From prominence and colours, hundreds of masks are made that might be right. The one wins that agrees best with all the others, each counted by how likely it is; only where there are many small objects, each is found by itself.',
    },
    picture: {
      facts: (seen: Size, own: Size) =>
        `${seen.width} × ${seen.height} pixels of red, green and blue: ${whole(3 * seen.width * seen.height)} numbers. Your picture has ${own.width} × ${own.height} pixels.`,
      caption: ({ width, height }: Size) => `The picture as the network sees it, ${width} × ${height}`,
    },
    latent: {
      facts: ({ grid, channels }: { grid: Cells; channels: number }, [width, height]: readonly number[]) =>
        `${grid.w} × ${grid.h} cells with ${channels} numbers each: ${whole(grid.w * grid.h * channels)} numbers instead of ${whole(3 * width * height)}.`,
      channel: (number: number, least: number, most: number) => `Channel ${number}, from ${least.toFixed(2)} to ${most.toFixed(2)}`,
    },
    noise: {
      timestep: 'Time step',
      facts: (t: number, { signal, noise }: Shares) =>
        `At t = ${t} the schedule mixes ${signal.toFixed(3)} of the signal with ${noise.toFixed(3)} of noise.`,
      formula: (t: number, { signal, noise }: Shares) =>
        `x${below(t)} = √ᾱ${below(t)} · x₀ + √(1 − ᾱ${below(t)}) · ε = ${signal.toFixed(3)} · x₀ + ${noise.toFixed(3)} · ε, with ᾱ${below(t)} = ${(signal ** 2).toFixed(3)}`,
      bar: 'Signal (orange) and noise (grey) as shares of the variance, ᾱ and 1 − ᾱ',
      channel: (which: 'clean' | 'seen', number: number, t: number, least: number, most: number) =>
        `${which === 'clean' ? 'Clean' : `As the UNet saw it at t = ${t}`}, channel ${number}: ${least.toFixed(2)} to ${most.toFixed(2)}`,
      none: 'This look adds no noise, as DiffSeg does it: the UNet is told t, and sees the clean latent.',
      some: (seed: number) => `This look adds noise, drawn from the seed ${seed}.`,
      denoised: (seed: number, steps: number) =>
        `This look starts from pure noise (seed ${seed}) mixed with the latent, and comes down to t in ${steps} steps of denoising.`,
      add: 'Look again with noise',
      remove: 'Look again without noise',
    },
    attention: {
      follow: 'Move over the picture, with the pointer or the arrow keys: all layers follow.',
      facts: (layers: number, grids: readonly string[], heads: number) =>
        `${layers} layers of self-attention with ${heads} heads in all, on grids of ${grids.join(', ')} cells, in the order in which they run.`,
      caption: (name: string, { w, h }: Cells, heads: number) =>
        `${name} · ${w}\u00a0×\u00a0${h} · ${heads}\u00a0${heads === 1 ? 'head' : 'heads'}`,
      spread: (over: number, cells: number) => `over ${over.toFixed(over < 10 ? 1 : 0)} of ${cells} cells`,
      words: (layer: string, { row, column, value }: Peak, over: number, cells: number) =>
        `${layer}: the cell looks most at row ${row}, column ${column} (${(100 * value).toFixed(1)} %), spread over about ${over.toFixed(over < 10 ? 1 : 0)} of ${cells} cells`,
    },
    aggregated: {
      facts: (cells: number, weights: readonly (Cells & { weight: number })[]) =>
        `${whole(cells)} cells, so ${whole(cells)} × ${whole(cells)} numbers; the ${weights[0].w} × ${weights[0].h} grid makes up ${(100 * weights[0].weight).toFixed(1)} % of them.`,
      formula:
        'A = Σ w(r) · enlarged(A(r)), with w(r) = side of r / sum of all sides, times a factor where one is chosen (DiffSeg, arXiv 2308.12469, §3.2)',
      table: { caption: 'What each resolution counts', head: ['Grid', 'Layers', 'Weight'] },
      row: 'Where the cell under the crosshair looks',
      rowWords: ({ row, column, value }: Peak, over: number, cells: number) =>
        `The cell looks most at row ${row}, column ${column} (${(100 * value).toFixed(1)} %), spread over about ${over.toFixed(0)} of ${cells} cells`,
      matrix: (cells: number) => `All ${whole(cells)} rows; the white line is the crosshair’s`,
      matrixWords: (cells: number) =>
        `The whole map as a square: ${whole(cells)} cells that look from top to bottom, the same cells that are looked at from left to right. A bright diagonal means that cells look at themselves and at their neighbours.`,
    },
    anchors: {
      facts: ({ columns, rows }: { columns: number; rows: number }, { w, h }: Cells) =>
        `${columns} × ${rows} = ${whole(columns * rows)} anchors among ${w} × ${h} = ${whole(w * h)} cells.`,
      caption: (columns: number, rows: number) => `The anchors, ${columns} in a row and ${rows} in a column`,
    },
    merging: {
      rounds: 'After',
      round: (round: number, count: number) => `${round === 0 ? 'the anchors’ round' : `round ${round + 1}`}: ${count}`,
      facts: (counts: readonly number[], thresholds: readonly number[]) =>
        `${counts.join(' → ')} maps, with thresholds ${thresholds.map((one) => one.toFixed(2)).join(', ')}.`,
      group: 'Map',
      refined: 'You chose to refine: the labels are made of these maps after a few steps of k-means.',
      tiles: (count: number) => `${count} ${count === 1 ? 'map' : 'maps'}; choose one`,
      anchors: 'Anchors in the colour of the map that they went into; those of the chosen one are large',
      anchorsWords: (groups: number) => `All anchors, coloured by the ${groups} ${groups === 1 ? 'map' : 'maps'} that they went into`,
      first: (group: number) => `Map ${group} is the mean of all cells’ maps that are alike to anchor ${group}’s.`,
      member: (proposal: number, divergence: number) => `${proposal} (${divergence.toFixed(3)})`,
      members: (group: number, founder: number, named: readonly string[], more: number, anchors: number) =>
        `Map ${group} was founded by map ${founder} of the round before${named.length === 0 ? ', which nobody joined' : `; at these divergences it was joined by ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`}. ${anchors === 1 ? '1 anchor is' : `${anchors} anchors are`} in it.`,
    },
    labels: {
      facts: (count: number, largest: { id: number; share: string }) =>
        count === 1
          ? 'One segment, the whole picture.'
          : `${count} segments; the largest is number ${largest.id} with ${largest.share} of the picture.`,
      caption: 'Every pixel in the colour of its segment',
      segment: (id: number, share: string) => `Segment ${id}, ${share}`,
      more: (count: number) => `and ${count} smaller ones`,
    },
    prominence: {
      facts: ({ row, column }: Peak, { w, h }: Cells) =>
        `On ${w} × ${h} cells, from 0 to 1; most at row ${row}, column ${column}. Of three strengths of absorption this is the middle one, σ = 0.5.`,
      here: (value: number) => `Under the crosshair: ${value.toFixed(3)}`,
      over: 'Prominence over the picture',
      alone: 'Prominence alone',
    },
    mask: {
      facts: (share: string, rule?: string) => `The mask is ${share} of the picture${rule ? `, by the rule ${rule}` : ''}.`,
      caption: 'What is outside of the mask is darkened; its outline is yellow',
      byRule: 'This mask was made by a rule or a click that you chose, not by comparing candidates.',
      objects: (count: number) =>
        `The picture shows many objects: each of the ${count} was found by itself, and the mask is all of them together.`,
      rows: {
        won: 'Winner',
        candidates: 'Candidates',
        stability: 'Expected Dice (agreement with all that may be right, 0 to 1)',
        contrast: 'Contrast to its surroundings (0 to 1)',
        score: 'Score',
      },
      families: {
        cut: 'prominence, cut along colours',
        chain: 'prominence above its threshold',
        otsu: 'one colour channel above its threshold',
        level: 'a connected part of one channel',
        nothing: 'nothing stands out',
        other: 'a candidate mask',
      },
    },
  },
  tour: {
    label: 'Tour',
    start: 'Take the tour',
    step: (step: number, of: number) => `Step ${step} of ${of}`,
    back: 'Back',
    next: 'Next',
    end: 'End the tour',
    done: 'Finish',
    steps: [
      {
        title: 'A picture becomes segments',
        text: 'If you have not opened a picture, a sample opens by itself. A network that was trained to make pictures, and never to cut them, looks at it; what it pays attention to is enough to find the parts. Nothing leaves your machine.',
      },
      {
        title: 'Segments and mask',
        text: 'These switches show and hide what was found. The mask is what seems to be meant, in yellow; the segments are all parts, each in a colour.',
      },
      {
        title: 'Where does it look?',
        text: 'In the panel Look, move over the picture with the pointer or the arrow keys. Bright is where the cell under the crosshair looks: mostly at more of the same.',
      },
      {
        title: 'The way in ten stages',
        text: 'The panel Understand shows how the picture becomes a mask, as a strip of stages. Choose one with a click, or go along with the arrow keys. First, the picture is squeezed into a small grid: the latent.',
      },
      {
        title: 'A little noise',
        text: 'The network is told how noisy the latent is, by a time step. This stage shows the shares of signal and noise, and lets you look again with real noise.',
      },
      {
        title: 'All layers at once',
        text: 'Every layer looks in its own way: coarse grids see the whole, fine ones the details. Move over the picture, and all of them follow.',
      },
      {
        title: 'Like joins like',
        text: 'Cells that look at the same places belong together. Choose a round and a map to see which anchors have joined, and how alike they were.',
      },
      {
        title: 'What stands out',
        text: 'A walk along attention tells the background from what stands out of it. Together with the colours, it gives hundreds of candidates, of which the mask is the best.',
      },
      {
        title: 'Change it',
        text: 'In the panel Change, move the threshold: smaller ones leave more segments, larger ones fewer. The network does not have to run again, so the answer is there at once.',
      },
      {
        title: 'Use it',
        text: 'In the panel Use, click on what you mean, correct the mask, and save it in the form that you need. The address of this page holds all of your settings, and never the picture.',
      },
    ],
  },
  change: {
    empty: 'Open a picture first: the panel Try has some.',
    intro: 'What is chosen here recolours the picture at once: the networks do not run again.',
    asByDefault: 'as by default',
    changed: (byDefault: string) => `changed; by default ${byDefault}`,
    back: 'as by default',
    allBack: 'Everything as by default',
    exact: (label: string) => `${label}, exactly`,
    onOrOff: (on: boolean) => (on ? 'on' : 'off'),
    changes: (count: number) => (count === 0 ? '' : `${count} changed`),
    spent: {
      title: 'The last answer took',
      labels: (time: string) => `segments ${time}`,
      mask: (time: string) => `mask ${time}`,
      look: (time: string) => `the networks ${time}`,
    },
    merging: {
      title: 'Merging',
      method: 'Method: DiffSeg. Attention maps that are alike are merged, round by round, until a few segments remain.',
      threshold: 'Threshold',
      thresholdHint: 'Maps that differ by less are merged. Lower: more and smaller segments.',
      rounds: 'Each round by itself',
      round: (number: number) => `Round ${number}`,
      roundsDiffer: (thresholds: string) => `differs from round to round: ${thresholds}`,
      moreRounds: 'One round more',
      fewerRounds: 'One round less',
      anchors: 'Anchors a side',
      anchorsHint: 'Merging begins at a grid of so many by so many places.',
      refine: 'Refine by k-means',
      refineHint: 'Afterwards every cell goes to the proposal that its map is nearest to.',
    },
    mask: {
      title: 'Mask',
      foreground: 'Foreground',
      foregroundHint: 'Clicks, boxes and words are chosen in the panel Use.',
      rules: {
        auto: 'what stands out',
        all: 'every segment',
        center: 'the segment at the centre',
        places: 'what was clicked or boxed',
        text: 'what the words look at',
      },
      wholeSegments: 'Clicks choose whole segments',
      edges: 'Outline',
      edgeRules: {
        none: 'smooth, as it was found',
        guided: 'along edges of the picture',
        cut: 'cut anew (slower)',
      },
      objects: 'One object or many',
      objectsHint: 'Many: nuclei or cells, each by itself. Takes the foreground “what stands out”.',
      objectRules: { auto: 'as it seems', many: 'many', none: 'one' },
      minSize: 'Smallest object in pixels',
      pixels: (count: number) => `${count} pixels`,
      fillHoles: 'Fill small holes of objects',
      excludeBorder: 'Leave out objects at the border',
    },
    weights: {
      title: 'Which attention counts',
      hint: 'The segments come from the mean of self-attention. A part that is switched off or weighs 0 is left out.',
      resolutions: 'Resolutions',
      layers: 'Layers',
      heads: 'Heads',
      timesteps: 'Time steps',
      resolution: (w: number, h: number) => `${w} × ${h} cells`,
      head: (head: number) => `Head ${head + 1}`,
      timestep: (timestep: number) => `Time step ${timestep}`,
      weight: (part: string) => `Weight of ${part}`,
      all: 'all count alike',
      own: 'those count that the network’s makers chose',
      waiting: 'Known as soon as a picture was looked at.',
    },
    tree: {
      title: 'The tree of merging',
      hint: 'Each stem is a proposal. It ends where it joined the founder of its group. Drag the line: what ends below it is merged.',
      picture: 'Tree of merging, from divergence 0 at the bottom upwards',
      rounds: 'Show',
      round: (round: number, of: number) => `round ${round} of ${of}`,
      line: (round: number) => `Threshold of round ${round}`,
      value: (threshold: number, segments: number | undefined) =>
        segments === undefined ? `${threshold}` : `${threshold}: ${segments} ${segments === 1 ? 'segment' : 'segments'}`,
      along: 'Later rounds move along',
      facts: ({ proposals, groups, overlapping }: { proposals: number; groups: number; overlapping: number }) =>
        `${proposals} proposals become ${groups}.${overlapping > 0 ? ` ${overlapping} are in more than one group (dots).` : ''} Dashed: where a founder would join another, were the line that high and the groups as they are. DiffSeg forms its groups anew at every threshold, so there is no single tree.`,
      single: 'With a single round nothing is merged afterwards. Add a round above to see a tree.',
      leaf: 'Proposal over the picture',
      proposal: (number: number) => `Proposal ${number}`,
      anchor: (x: number, y: number) => ` (anchor at cell ${x}, ${y})`,
      founder: 'founder of its group',
      member: (parent: number, divergence: string) => `joined proposal ${parent} at ${divergence}`,
      segment: (id: number) => `segment ${id}`,
    },
    before: {
      title: 'Before the networks',
      hint: 'What is chosen here changes what the networks see, so they have to look once more.',
      again: 'Look once more',
      waiting: 'Changed, and not looked at yet.',
      seen: 'The picture was looked at so.',
      cost: (time: string) => `The last look took ${time}.`,
      none: 'none',
      say: (value: unknown) => (value === null || value === '' ? 'none' : Array.isArray(value) ? value.join(', ') : `${value}`),
      options: {
        size: { label: 'Size for the network', hint: 'Pixels of a side, or width × height.' },
        timesteps: { label: 'Time steps', hint: 'From 0 to 999, with commas. Their attention is averaged.' },
        noise: { label: 'Noise', hint: 'A whole number that the noise is drawn from. Empty: none.' },
        denoise: { label: 'Denoising steps', hint: 'Reaches each time step from the noisiest one in so many steps. Empty: none.' },
        prompt: { label: 'Prompt', hint: 'Words that the network is told. The embedded network knows none.' },
        preset: { label: 'Preset', hint: 'Settings for a kind of picture.' },
        window: { label: 'Window', hint: 'What becomes black and white: auto, full, two values, or percentiles as in p0.5,p99.5.' },
        channel: { label: 'Channels', hint: 'One, or up to three as red, green and blue: names or numbers, with commas.' },
      },
    },
    compare: {
      title: 'Two settings side by side',
      hint: 'Keep what is on the picture now, change something, and drag the divider between both.',
      keep: 'Keep this result',
      drop: 'End the comparison',
      kept: 'A: kept',
      now: 'B: now',
      divider: 'Divider between A and B',
      place: (percent: number) => `A on the left ${percent} %`,
      settings: 'Settings',
      segments: 'Segments',
      foreground: 'Foreground',
      dice: 'Overlap of the masks (Dice)',
      iou: 'Overlap of the masks (IoU)',
      apart: 'Masks differ on',
      allDefault: 'all as by default',
      percent: (share: number) => `${(100 * share).toFixed(2)} %`,
      number: (value: number) => (Number.isNaN(value) ? 'both are empty' : value.toFixed(3)),
      names: {
        thresholds: 'threshold',
        wholeSegments: 'whole segments',
        minSize: 'smallest object',
        fillHoles: 'fill holes',
        excludeBorder: 'leave out border',
        timesteps: 'time steps',
        edges: 'outline',
      },
    },
    segments: {
      title: 'Segments',
      columns: ['Segment', 'Area', 'Foreground'],
      one: (id: number) => `Segment ${id}`,
      share: (share: number) => `${(100 * share).toFixed(1)} %`,
      unknown: '…',
      count: (count: number, first: number, last: number) =>
        count > last || first > 1
          ? `${count} segments; ${first} to ${last} by area`
          : `${count} ${count === 1 ? 'segment' : 'segments'}. A press on one, here or in the picture, outlines it.`,
      before: 'Larger ones',
      after: 'Smaller ones',
    },
  },
  use: {
    empty: 'Open a picture first: the panel Try has some.',
    pressing: 'A press on the picture',
    tools: {
      inside: 'says: this is meant',
      outside: 'says: this is not meant',
      box: 'draws a box around it',
      paint: 'paints into the mask',
      erase: 'erases from the mask',
    },
    pressingHint: 'With the right button or Alt, inside and outside change places. A press on a mark removes it.',
    brush: 'Brush',
    undo: 'Undo',
    redo: 'Redo',
    clear: 'Start over',
    words: 'Words to look for',
    wordsExample: 'a white blood cell',
    find: 'Find',
    noWords: 'The embedded network knows no words. Load Stable Diffusion weights in “Own weights” to look for some.',
    export: 'Save',
    download: 'Save files',
    preparing: 'Making the files …',
    saved: (name: string, bytes: number) => `${name}, ${Math.max(1, Math.round(bytes / 1000))} kB`,
    again: 'The same elsewhere',
    copy: { command: 'Copy as command line', code: 'Copy as code', link: 'Copy link' },
    copied: 'Copied.',
    selectIt: 'The browser does not let pages copy here: select the text.',
    linkHint: 'A link holds all settings, and never your picture or what was painted by hand.',
  },
  weights: {
    intro: 'Stable Diffusion 1, 2 or XL in safetensors. Files are read from your disk piece by piece and never leave this machine.',
    inUse: (name: string) => `In use: ${name}`,
    loading: 'Loading …',
    notLoaded: 'No network is loaded.',
    back: 'Back to the embedded network',
    folder: 'Folder',
    folderHint: 'A model’s folder with unet, vae and text_encoder in it. Your browser may call this an upload; nothing is sent.',
    file: 'Single file',
    fileHint: 'A checkpoint that ends with .safetensors.',
    hub: 'Model of the hub',
    hubExample: 'owner/name',
    hubHint: 'Fetched from huggingface.co, and kept by this browser for the next time.',
    lookUp: 'Look it up',
    asking: 'Reading what it consists of …',
    stopped: 'Stopped.',
    load: 'Load',
    needs: 'It needs',
    has: 'There is',
    notTold: 'not told',
    orMore: (size: string) => `${size} or more`,
    download: 'To download',
    onDisk: 'Files on the disk',
    onDevice: 'Weights on the device',
    peak: (width: number, height: number) => `Most memory at once, for ${width} × ${height} pixels`,
    largest: (label: string) => `Largest piece (${label})`,
    size: 'Pixels for the network',
    ownSize: 'the model’s own',
    sizeOf: (size: number | readonly [number, number]) => (typeof size === 'number' ? `${size} × ${size}` : `${size[0]} × ${size[1]}`),
    fits: 'It fits this device.',
    tight: (machine: string) => `It may not fit: the browser vouches for ${machine} of memory only.`,
    slow: 'Without a graphics card, a picture will take minutes.',
    misfit: (got: string, expected: string) =>
      `It does not fit this device: it needs ${got}, and there can be ${expected}. Fewer pixels need less.`,
    wayOn: {
      files: 'Choose another folder or file, or go on with the network in use.',
      hub: 'Check the name and the network connection. Models that ask for a login have to be downloaded first; then choose their folder.',
    },
  },
}
