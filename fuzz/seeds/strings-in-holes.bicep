@export()
func f(kind string) string => '${kind}-${otherload('t(ent-${otherload('t(ent}'

@export(
