/** @file What the packed page knows of the place that it is put to; scripts/explorer/bundle.mjs fills it in. */
declare const __DOCS__: string
declare const __SERVICE_WORKER__: boolean

/** Where the documentation is, relative to the page; empty where it is not there. */
export const DOCS = __DOCS__
/** Whether a service worker stands beside the page. */
export const SERVICE_WORKER = __SERVICE_WORKER__
