/** @file Every text of the page, by the part of it where it stands. */

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
  understand: {},
  change: {},
  use: {},
  weights: {},
}
