"""Where wire and judgement meet: input in, effects out. No socket, clock, file or randomness."""
