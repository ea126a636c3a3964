# py: run Python from stdin against the instance, with the names of fluxraw.py;
# `f` is a connection.
py() {
	{
		echo 'from fluxraw import *; f = Flux()'
		cat
	} | PYTHONPATH=$top/test/lib PYTHONDONTWRITEBYTECODE=1 \
	    timeout $deadline python3 -
}
