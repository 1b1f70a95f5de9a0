package text

// SpendCredit leaves nothing for telling text again, and a debt.
func (v *View) SpendCredit(debt int) { v.credit = -debt }
