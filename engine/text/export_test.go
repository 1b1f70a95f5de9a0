package text

// SpendCredit leaves nothing for telling text again.
func (v *View) SpendCredit() { v.credit = 0 }
