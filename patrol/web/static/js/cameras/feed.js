// How the page hears of its cameras: by the live map's own line where one may, else by asking.
import { get } from "../api.js";
import { may } from "../boot.js";
import { watchLink } from "../dispatch/link_banner.js";
import { Link } from "../live.js";
import { sayError } from "../shell.js";

const ASK_MS = 5_000;

/** @param {import("../store.js").Store} store */
export async function followCameras(store) {
  if (may("map.see")) {
    watchLink(new Link(store), store);
    return;
  }
  // An administrator keeps the inventory but does not see the units' map.
  const ask = async () => {
    try {
      const answer = await get("/cameras");
      store.putCameras(answer.cameras);
    } catch (error) {
      sayError(error);
    }
  };
  await ask();
  setInterval(ask, ASK_MS);
}
