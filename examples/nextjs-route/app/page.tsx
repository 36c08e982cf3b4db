"use client";

import { type SubmitEvent, useEffect, useState } from "react";

export default function Page() {
  const [answer, setAnswer] = useState("");
  const [interactive, setInteractive] = useState(false);
  useEffect(() => setInteractive(true), []);

  async function classify(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const texts = String(new FormData(event.currentTarget).get("sentences")).split(/\r?\n/).filter(Boolean);
    setAnswer("Classifying…");
    try {
      const response = await fetch("/api/classify", { method: "POST", body: JSON.stringify({ texts }) });
      setAnswer(JSON.stringify(await response.json(), null, 2));
    } catch (error) {
      setAnswer(String(error));
    }
  }

  return (
    <main>
      <form onSubmit={classify}>
        <p>
          <textarea
            name="sentences"
            aria-label="Sentences, one per line"
            rows={5}
            cols={80}
            defaultValue="房间很干净，服务也好"
          />
        </p>
        <button type="submit" disabled={!interactive}>
          Classify
        </button>
      </form>
      <pre>
        <output>{answer}</output>
      </pre>
    </main>
  );
}
