import './base.css';
import './sheets.css';
