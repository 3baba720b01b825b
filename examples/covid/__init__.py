"""COVID-19 in the layouts of JHU CSSE and of Our World in Data."""
