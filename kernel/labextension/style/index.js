import './base.css';
import './inline.css';
import './sheets.css';
