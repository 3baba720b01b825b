PYTHON ?= python3
CONTEXT ?=
ENV ?= dev
TOOL = @$(PYTHON) -m sandbox
ON = $(if $(CONTEXT),--context '$(CONTEXT)')

OPERATE = $(if $(DB),,$(error say which database: make $@ DB=epidemiology/cases))$(TOOL) python -m operations $@ '$(DB)' $(ON)

.DEFAULT_GOAL := help
.PHONY: help local local-down person connections compose up down shell env doctor test check validate render access jars build bench backup backups drill recover restore

help: ## this list
	@sed -n '/^[a-z-]*:.*## /{s/:.*## / /;s/\$$\$$/$$/g;p}' $(MAKEFILE_LIST) | while read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

up: ## a real environment: build what is missing, start the sandbox, deploy [ENV=dev] [CONTEXT=a kubeconfig context]
	$(TOOL) up --env '$(ENV)' $(ON)

down: ## the machine as it was before
	$(TOOL) down

local: ## the environment on a Docker engine of its own, for work on this machine [DOCKER_HOST=your engine]
	$(TOOL) local

local-down: ## nothing of it is left, data included
	$(TOOL) local-down

person: ## someone who can log in: NAME=ada TEAM=epidemiology [ROLE='Data Manager' | ROLE='System Administrator' without TEAM] [EMAIL=] [ENV=dev|local] [CONTEXT=]
	$(if $(NAME),,$(error say who: make person NAME=ada TEAM=epidemiology))
	$(TOOL) person '$(NAME)' --env '$(ENV)' $(ON) $(if $(ROLE),--role '$(ROLE)') $(if $(TEAM),--team '$(TEAM)') $(if $(EMAIL),--email '$(EMAIL)')

connections: ## its addresses and logins as variables [SHOW=1: with passwords] [OUT=.env]
	$(TOOL) connections $(if $(SHOW),--show) $(if $(OUT),--out '$(OUT)')

compose: ## that environment's containers as a Compose file: OUT=compose.yaml
	$(if $(OUT),,$(error say where to: make compose OUT=compose.yaml))
	$(TOOL) python -m delivery compose local '$(OUT)'

shell: ## a shell for pulumi and kubectl [ENV=dev] [CONTEXT=]
	$(TOOL) shell --env '$(ENV)' $(ON)

env: ## the export lines of that shell: eval "$$(make -s env)"
	$(TOOL) env --env '$(ENV)' $(ON)

doctor: ## what was found, where, which version, what is missing [CONTEXT=] [PROBE=1: try the cluster's network policies]
	$(TOOL) doctor $(ON) $(if $(PROBE),--probe)

test: ## every test: unit tests, the transform core on Spark, then the real environment [KEEP=1: leave it running] [DOCKER=1: `make local` too] [FAULTS=1: then kill the node in every way] [CONTEXT=]
	$(TOOL) test $(ON) $(if $(KEEP),--keep) $(if $(DOCKER),--docker) $(if $(FAULTS),--faults)

check: ## lint, types and unit tests
	$(TOOL) check

validate: ## every mistake of a stack's config: FILE=Pulumi.dev.yaml
	$(if $(FILE),,$(error say which file: make validate FILE=Pulumi.dev.yaml))
	$(TOOL) python -m delivery validate '$(FILE)'

render: ## what an environment declares, as files: ENV=prod OUT=folder
	$(if $(OUT),,$(error say where to: make render ENV=$(ENV) OUT=folder))
	$(TOOL) python -m delivery render '$(ENV)' '$(OUT)'

access: ## who can do what on which database and in the realm: declared, actual, difference [ENV=dev] [CONTEXT=]
	$(TOOL) access --env '$(ENV)' $(ON)

backup: ## a backup now: DB=epidemiology/cases [CONTEXT=]
	$(OPERATE)

backups: ## the backups of a database: DB=epidemiology/cases [CONTEXT=]
	$(OPERATE)

drill: ## the newest backup, restored on trial and compared: DB=epidemiology/cases [CONTEXT=]
	$(OPERATE)

restore: ## a backup to a database beside the original: DB=epidemiology/cases [AT=moment] [TO=name | OVER=yes: in its place] [CONTEXT=]
	$(OPERATE) $(if $(AT),--at '$(AT)') $(if $(TO),--to '$(TO)') $(if $(OVER),--over)

recover: ## a backup of a highly available database as it was: DB=epidemiology/cases AT=2026-11-24T01:15:00Z [CONTEXT=]
	$(if $(AT),,$(error say when: make recover DB=$(DB) AT=2026-11-24T01:15:00Z))
	$(OPERATE) --at '$(AT)'

jars: ## the JDBC driver that goes into the jobs' image, by Maven
	$(TOOL) python -m stacks.jars

build: ## one part of the toolchain: PART=name; without a name, list them
	$(TOOL) build $(PART)

bench: ## measure, and print the table [ONLY='names'] [ROWS=1,10,50: millions of rows for transforms]
	$(TOOL) python -m benchmarks $(if $(ROWS),--rows '$(ROWS)') $(ONLY)
