complete --keep-order --exclusive --command hdikafka --arguments "(HDIKAFKA_COMPLETE=fish hdikafka -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
