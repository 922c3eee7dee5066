/** @file What lies under the heat would only darken it, so its switches are off while the panel is open. */
const UNDER = ['segments', 'mask'] as const

/** Switches off what is on. @returns switches on again what nobody has switched since */
export function uncover(): () => void {
  const boxes = UNDER.map((name) => document.querySelector<HTMLInputElement>(`#show-${name}`)).filter((box) => box?.checked)
  for (const box of boxes) box?.click()
  return () => {
    for (const box of boxes) if (box && !box.checked) box.click()
  }
}
