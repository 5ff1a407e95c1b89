"""Schema changes of the application state, oldest first; run by `leadglass.store.appstate.engine`."""
