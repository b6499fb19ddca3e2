// How the story is told: chapters, sentences, checks. Colour only where a terminal shows it.

let chapters = 0;
const plain = !process.stdout.isTTY || process.env.NO_COLOR !== undefined;
const painted = (colour, text) => (plain ? text : `\x1b[${colour}m${text}\x1b[0m`);

/** Begins a chapter. */
export const chapter = (title) => console.log(`\n${painted("1", `${++chapters}. ${title}`)}`);
/** What is about to happen. */
export const tell = (sentence) => console.log(`   ${painted("2", sentence)}`);
/** What has happened, and was checked. */
export const so = (sentence) => console.log(` ${painted("32", "✓")} ${sentence}`);

/** A promise of the story: what was expected and what came. */
export function check(promise, expected, got) {
  if (expected !== got) throw new Error(`${promise}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
}

/** Tells the story, and ends the program with 0 only if all of it was so. */
export async function end(story) {
  try {
    await story();
    console.log(`\n${painted("1;32", "Everything happened as it was told.")}`);
  } catch (error) {
    console.log(
      ` ${painted("31", "✗")} ${error?.stack ?? error}\n\n${painted("1;31", "The story did not go as it should.")}`,
    );
    process.exitCode = 1;
  }
}
