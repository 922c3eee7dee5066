/** @file What to write about an evaluation, and what to cite: only what was used. */
import type { Summary } from '../summary.ts'
import { escaped } from './html.ts'

interface Citation {
  key: string
  uses: (summary: Summary) => boolean
  text: string
}

const hasMethod = (pattern: RegExp) => (summary: Summary) => Object.keys(summary.overall).some((name) => pattern.test(name))
const hasModel = ({ model }: Summary) => model !== null
const always = () => true

const CITATIONS: readonly Citation[] = [
  {
    key: 'adzus',
    uses: hasModel,
    text: '@article{adzus,\n  title = {Self-attention diffusion models for zero-shot biomedical image segmentation: unlocking new frontiers in medical imaging},\n  author = {Hamrani, Abderrachid and Godavarty, Anuradha},\n  journal = {Bioengineering},\n  volume = {12},\n  number = {10},\n  year = {2025},\n  doi = {10.3390/bioengineering12101036},\n  note = {arXiv:2503.18170}\n}',
  },
  {
    key: 'diffseg',
    uses: hasModel,
    text: '@inproceedings{diffseg,\n  title = {Diffuse, attend, and segment: unsupervised zero-shot segmentation using Stable Diffusion},\n  author = {Tian, Junjiao and Aggarwal, Lavisha and Colaco, Andrea and Kira, Zsolt and Gonzalez-Franco, Mar},\n  booktitle = {CVPR},\n  year = {2024}\n}',
  },
  {
    key: 'latent-diffusion',
    uses: hasModel,
    text: '@inproceedings{latent-diffusion,\n  title = {High-resolution image synthesis with latent diffusion models},\n  author = {Rombach, Robin and Blattmann, Andreas and Lorenz, Dominik and Esser, Patrick and Ommer, Bj{\\"o}rn},\n  booktitle = {CVPR},\n  year = {2022}\n}',
  },
  {
    key: 'metrics-reloaded',
    uses: always,
    text: '@article{metrics-reloaded,\n  title = {Metrics reloaded: recommendations for image analysis validation},\n  author = {Maier-Hein, Lena and Reinke, Annika and others},\n  journal = {Nature Methods},\n  volume = {21},\n  year = {2024}\n}',
  },
  {
    key: 'otsu',
    uses: hasMethod(/^otsu$/),
    text: '@article{otsu,\n  title = {A threshold selection method from gray-level histograms},\n  author = {Otsu, Nobuyuki},\n  journal = {IEEE Transactions on Systems, Man, and Cybernetics},\n  volume = {9},\n  year = {1979}\n}',
  },
  {
    key: 'slic',
    uses: hasMethod(/^slic$/),
    text: '@article{slic,\n  title = {SLIC superpixels compared to state-of-the-art superpixel methods},\n  author = {Achanta, Radhakrishna and Shaji, Appu and Smith, Kevin and Lucchi, Aurelien and Fua, Pascal and S{\\"u}sstrunk, Sabine},\n  journal = {IEEE Transactions on Pattern Analysis and Machine Intelligence},\n  volume = {34},\n  year = {2012}\n}',
  },
  {
    key: 'grabcut',
    uses: hasMethod(/^(grabcut$|auto|preset=|click)/),
    text: '@article{grabcut,\n  title = {GrabCut: interactive foreground extraction using iterated graph cuts},\n  author = {Rother, Carsten and Kolmogorov, Vladimir and Blake, Andrew},\n  journal = {ACM Transactions on Graphics},\n  volume = {23},\n  year = {2004}\n}',
  },
  {
    key: 'absorbing-chain',
    uses: hasMethod(/^(auto|preset=|click)/),
    text: '@inproceedings{absorbing-chain,\n  title = {Saliency detection via absorbing Markov chain},\n  author = {Jiang, Bowen and Zhang, Lihe and Lu, Huchuan and Yang, Chuan and Yang, Ming-Hsuan},\n  booktitle = {ICCV},\n  year = {2013}\n}',
  },
  {
    key: 'boundary-connectivity',
    uses: hasMethod(/^(auto|preset=)/),
    text: '@inproceedings{boundary-connectivity,\n  title = {Saliency optimization from robust background detection},\n  author = {Zhu, Wangjiang and Liang, Shuang and Wei, Yichen and Sun, Jian},\n  booktitle = {CVPR},\n  year = {2014}\n}',
  },
  {
    key: 'aji',
    uses: ({ parameters }) => parameters.instances,
    text: '@article{aji,\n  title = {A dataset and a technique for generalized nuclear segmentation for computational pathology},\n  author = {Kumar, Neeraj and Verma, Ruchika and Sharma, Sanuj and Bhargava, Surabhi and Vahadane, Abhishek and Sethi, Amit},\n  journal = {IEEE Transactions on Medical Imaging},\n  volume = {36},\n  year = {2017}\n}',
  },
  {
    key: 'ritm',
    uses: hasMethod(/^click1$/),
    text: '@inproceedings{ritm,\n  title = {Reviving iterative training with mask guidance for interactive segmentation},\n  author = {Sofiiuk, Konstantin and Petrov, Ilya A. and Konushin, Anton},\n  booktitle = {ICIP},\n  year = {2022}\n}',
  },
]

/** BibTeX. */
export function citations(summary: Summary): string {
  return CITATIONS.filter(({ uses }) => uses(summary))
    .map(({ text }) => text)
    .join('\n\n')
}

/** A paragraph to paste, with what decides the figures. */
export function methodsParagraph(summary: Summary): string {
  const { adzus, model, parameters, sets } = summary
  const { segmentation, tolerance, resamples, level, group, instances, labels } = parameters
  const network =
    model && segmentation
      ? `Images were segmented with ADZUS ${adzus} and the model ${model.path} (SHA-256 ${model.sha256.slice(0, 12)}…) at ${segmentation.size.join(' × ')} pixels, time steps ${segmentation.timesteps.join(', ')}, merging thresholds ${segmentation.method.thresholds.join(', ')} and ${segmentation.method.anchors} × ${segmentation.method.anchors} anchors, without training and with the same parameters for every image.`
      : `Masks were compared with ADZUS ${adzus}.`
  const names = Object.keys(sets)
  const text = [
    network,
    `The data were ${names.length === 1 ? `the set ${names[0]}` : `the sets ${names.join(', ')}`}.`,
    `Agreement with the true masks is given as Dice, IoU, precision, recall, the 95th percentile of the Hausdorff distance (HD95: the larger of the two directed 95th percentiles between surfaces, a surface being the mask’s pixels with a neighbour outside) and the normalised surface Dice (NSD) at a tolerance of ${tolerance} (mm where the files tell it, else pixels), as MONAI and Metrics Reloaded define them.`,
    'Where both masks are empty, Dice, IoU and NSD are 1 and HD95 is 0; where one is, they are 0 and the image’s diagonal; such images are counted apart.',
    ...(labels ? ['Classes were compared one by one; their mean is over the classes that are present.'] : []),
    ...(instances ? ['Objects were matched one to one; object precision is TP / (TP + FP + FN), AJI the aggregated Jaccard index.'] : []),
    `Intervals are ${100 * level} % percentile intervals of ${resamples.toLocaleString('en')} bootstrap resamples over ${group === null ? 'images' : 'groups of images (patients)'}; differences between methods were resampled in pairs.`,
  ]
  return `<p>${escaped(text.join(' '))}</p>`
}
