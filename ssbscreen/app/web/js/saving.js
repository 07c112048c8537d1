// Files that the service may refuse: they are asked for first, so that a refusal is said in words and not saved.
import { askText, inWords, sendText } from "./service.js";
import { say } from "./state.js";

/** Ask for a file, with a body where one is given, and save it under a name. */
export async function save(path, parameters, name, body = null) {
  say("Making the file …");
  try {
    const text = body ? await sendText(path, parameters, body) : await askText(path, parameters);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    say(`Saved as ${name}`);
  } catch (error) {
    say(inWords(error));
  }
}

/** A name of a file out of an id: signs that file systems do not take become underscores. */
export const fileName = (id, ending) => `${String(id).replace(/[^\w.+-]+/g, "_").slice(0, 80)}.${ending}`;
