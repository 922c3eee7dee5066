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

/** A whole number with commas at thousands. */
const whole = (number: number) => number.toLocaleString('en')

export const english = {
  title: 'The attention explorer',
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
    show: 'Show',
    layers: { segments: 'Segments', mask: 'Mask', heat: 'Attention' },
  },
  status: {
    ready: 'Ready',
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
    device: (description: string) => `runs on ${description}`,
  },
  try: {},
  look: {},
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
        'The maps of all layers are enlarged to the finest grid and averaged, and finer grids count more. The result is one table with a row for every cell: where that cell looks.',
      anchors:
        'Merging does not begin with every cell, but with a regular grid of some: the anchors. Each one first gathers all cells that look where it looks.',
      merging:
        'Two maps are alike if they look at the same places, which a number called divergence measures: 0 for equal ones. Round by round, maps with a divergence below the threshold join and are averaged, until a few are left.',
      labels:
        'The maps that are left, the proposals, are enlarged to your picture’s size. Every pixel gets the label of the proposal that is largest there.',
      prominence:
        'Imagine somebody who walks from cell to cell, always along attention, and leaves where the border’s background begins. Cells from where the walk lasts long stand out from the background; they are bright.',
      mask: 'From prominence and colours, hundreds of masks are made that might be right. The one wins that agrees best with all the others, each counted by how likely it is.',
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
        `x${t} = √ᾱ · x₀ + √(1 − ᾱ) · ε = ${signal.toFixed(3)} · x₀ + ${noise.toFixed(3)} · ε, with ᾱ${t} = ${(signal ** 2).toFixed(3)}`,
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
      caption: 'What is outside of the mask is darkened',
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
        text: 'A sample picture is opened for you. A network that was trained to make pictures, and never to cut them, looks at it; what it pays attention to is enough to find the parts. Nothing leaves your machine.',
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
  change: {},
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
  weights: {},
}
