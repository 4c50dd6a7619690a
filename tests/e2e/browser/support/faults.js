import axe from "axe-core";

/** WCAG 2.2 A and AA, as axe-core judges: what is serious or worse. */
export async function faultsOf(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target).join(" ")}`);
}
