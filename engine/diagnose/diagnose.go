package diagnose

// Diagnose says why the wait that the facts describe failed.
func Diagnose(f Facts) Report {
	r := Report{What: what(&f), Tail: QuoteTail(f.Pending, shownTail, f.Omitted)}
	if len(f.Consumed) > 0 {
		r.Consumed = QuoteTail(f.Consumed, shownBefore, 0)
	}
	for i, p := range f.Patterns {
		r.Misses = append(r.Misses, Miss{Index: i, Pattern: p.Code()})
	}
	return r
}

// Why says what the pattern has matched so far of a live conversation, or why it
// has not: [Diagnose] for one pattern, with nothing taken for a failure.
func Why(p Pattern, f Facts) Report {
	f.Patterns, f.Reason = []Pattern{p}, Asked
	return Diagnose(f)
}
